"""Shadow memory: views, writes, layouts."""

from __future__ import annotations

import pytest
import torch

from repro.causal import AuditError
from repro.causal.symbolic.expressions import ExpressionGraph
from repro.causal.tracing.shadow_memory import ShadowMemory


@pytest.fixture
def expressions() -> ExpressionGraph:
    return ExpressionGraph()


@pytest.fixture
def shadow(expressions: ExpressionGraph) -> ShadowMemory:
    return ShadowMemory(expressions)


def _roots(e: ExpressionGraph, *shape: int) -> torch.Tensor:
    count = torch.Size(shape).numel()
    return torch.tensor([e.root("input", 0, i) for i in range(count)]).view(shape)


def test_views_read_what_was_written(expressions: ExpressionGraph, shadow: ShadowMemory) -> None:
    x = torch.zeros(2, 3)
    nodes = _roots(expressions, 2, 3)
    shadow.write(x, nodes)
    assert torch.equal(shadow.read(x), nodes)
    assert torch.equal(shadow.read(x.t()), nodes.t())
    assert torch.equal(shadow.read(x[1, ::2]), nodes[1, ::2])
    assert torch.equal(shadow.read(x.view(-1)[1:5]), nodes.view(-1)[1:5])
    assert torch.equal(shadow.read(x[:, :1].expand(2, 4)), nodes[:, :1].expand(2, 4))
    assert torch.equal(shadow.read(x.detach()), nodes)


def test_writes_through_views_are_visible_in_the_whole_tensor(
    expressions: ExpressionGraph, shadow: ShadowMemory
) -> None:
    x = torch.arange(6.0).view(2, 3)
    nodes = _roots(expressions, 2)
    shadow.write(x[:, 1], nodes)
    read = shadow.read(x)
    assert torch.equal(read[:, 1], nodes)
    assert [expressions.shift[i] for i in read[:, 0].tolist()] == [0.0, 3.0]
    assert not shadow.is_constant(x)
    assert shadow.is_constant(x[:, 2])
    assert shadow.is_constant(x[:, 0])


def test_unwritten_memory_is_unknown_until_it_is_constant(
    expressions: ExpressionGraph, shadow: ShadowMemory
) -> None:
    x = torch.tensor([1.5, 2.5])
    assert not shadow.knows(x)
    shadow.set_constant(x)
    assert shadow.knows(x)
    assert shadow.knows(x[1:])
    assert shadow.is_constant(x)
    assert [expressions.shift[i] for i in shadow.read(x).tolist()] == [1.5, 2.5]


def test_constants_can_replace_nodes(expressions: ExpressionGraph, shadow: ShadowMemory) -> None:
    x = torch.tensor([1.5, 2.5])
    shadow.write(x, _roots(expressions, 2))
    shadow.set_constant(x[:1])
    assert shadow.is_constant(x[:1])
    assert not shadow.is_constant(x)


def test_copies_are_other_memory(expressions: ExpressionGraph, shadow: ShadowMemory) -> None:
    x = torch.zeros(3)
    shadow.write(x, _roots(expressions, 3))
    assert not shadow.knows(x.clone())


@pytest.mark.parametrize("shape", [(0,), (2, 0)])
def test_empty_tensors(shadow: ShadowMemory, shape: tuple[int, ...]) -> None:
    x = torch.zeros(shape)
    assert shadow.knows(x)
    assert shadow.is_constant(x)
    assert shadow.read(x).shape == shape
    shadow.set_constant(x)


def test_numbers_of_another_size_are_an_error(
    expressions: ExpressionGraph, shadow: ShadowMemory
) -> None:
    x = torch.zeros(4, dtype=torch.float64)
    shadow.write(x, _roots(expressions, 4))
    assert shadow.read(x.view(torch.int64)).shape == (4,)
    for kind in (torch.float32, torch.uint8):
        with pytest.raises(AuditError, match="another size"):
            shadow.read(x.view(kind)[:2])
    with pytest.raises(AuditError, match="another size"):
        shadow.read(torch.view_as_complex(x.view(2, 2)))


def test_memory_stays_alive_while_its_nodes_do(
    expressions: ExpressionGraph, shadow: ShadowMemory
) -> None:
    addresses = set()
    for _ in range(20):
        x = torch.zeros(1000)
        shadow.write(x, _roots(expressions, 1000))
        addresses.add(x.data_ptr())
        del x
    assert len(addresses) == 20


def test_what_is_overwritten_gets_no_constants(
    expressions: ExpressionGraph, shadow: ShadowMemory
) -> None:
    """A write to a whole tensor makes no nodes; a write to a part makes constants of the numbers."""
    before = len(expressions)
    whole, part = torch.tensor([2.5, 3.5, 4.5]), torch.tensor([5.5, 6.5, 7.5])
    shadow.write(whole, torch.zeros(3, dtype=torch.int64))
    assert len(expressions) == before
    assert shadow.read(whole).tolist() == [0, 0, 0]
    shadow.write(part[:1], torch.zeros(1, dtype=torch.int64))
    assert len(expressions) == before + 3
    assert [expressions.shift[i] for i in shadow.read(part).tolist()] == [0.0, 6.5, 7.5]


@pytest.mark.parametrize("constant_first", [True, False])
def test_a_transposed_tensor_is_written_in_its_order(
    expressions: ExpressionGraph, shadow: ShadowMemory, *, constant_first: bool
) -> None:
    """It has all numbers of its memory, but in another order."""
    x = torch.zeros(2, 3)
    if constant_first:
        shadow.set_constant(x)
    nodes = _roots(expressions, 3, 2)
    shadow.write(x.t(), nodes)
    assert torch.equal(shadow.read(x), nodes.t())


def test_nodes_that_were_written_do_not_change_with_the_tensor_that_held_them(
    expressions: ExpressionGraph, shadow: ShadowMemory
) -> None:
    """Two tensors that are written with the same nodes have memory of their own."""
    one, other, nodes = torch.zeros(2), torch.zeros(2), _roots(expressions, 2)
    first, second = nodes.tolist()
    shadow.write(one, nodes)
    shadow.write(other, nodes)
    shadow.write(other[:1], nodes[1:])
    assert shadow.read(one).tolist() == [first, second]
    assert shadow.read(other).tolist() == [second, second]


def test_zeros_that_are_not_stored_take_no_nodes(
    expressions: ExpressionGraph, shadow: ShadowMemory
) -> None:
    zeros = torch._efficientzerotensor((2,))
    shadow.write(zeros, _roots(expressions, 2))
    assert shadow.read(zeros).tolist() == [0, 0]
