"""Views, moves and writes at constant indices keep the dependences of each element."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from tests.causal.tracing.forward_mode_oracle import Case, backward, check, moved, traced

if TYPE_CHECKING:
    from collections.abc import Callable

FLAT = ((6,),)
CUBE = ((2, 3, 2),)
TWO = ((2, 3), (2, 3))
I = torch.tensor  # noqa: E741 - indices


def _sliced(x: Tensor) -> Tensor:
    made = x * 2
    made[0, 1:] = made[1, :-1] * 3
    made[..., -1] += 1
    made[:, 0] = 0
    return made


def _through_views(x: Tensor) -> Tensor:
    made = torch.zeros(3, 4, dtype=x.dtype)
    made.t()[1] = x[0]
    made.diagonal().copy_(x[1])
    made.view(-1)[::5].mul_(2)
    made.select(0, 2).narrow(0, 1, 2).add_(x[0, :2])
    made.as_strided((2,), (7,), 3).fill_(x[1, 2])
    return made


def _shifted(x: Tensor) -> Tensor:
    made = x * 2
    made[1:] = made[:-1].clone()
    return made


def _put(x: Tensor, v: Tensor, *, accumulate: bool) -> Tensor:
    return (x * 2).index_put_((I([0, 1, 0]), I([2, 0, 2])), v, accumulate=accumulate)


def _filled(x: Tensor) -> Tensor:
    made = torch.empty(2, 3, dtype=x.dtype)
    made.zero_()
    made[0].fill_(x[0, 0])
    made[1].copy_(x[1])
    return made.fill_diagonal_(5)


def _swapped(x: Tensor) -> Tensor:
    made = x.clone()
    made[[0, 1]] = made[[1, 0]]
    return made * 2


CASES = [
    Case("reshape view flatten", lambda x: x.reshape(3, 2).view(6).flatten() * 2),
    Case("transpose permute movedim", lambda x: x.transpose(0, 2).permute(1, 0, 2).movedim(0, 2), CUBE),
    Case("swapaxes mT adjoint", lambda x: x.swapaxes(0, 1).mT.adjoint() + 1, CUBE),
    Case("reshape of a transpose", lambda x: x.t().reshape(-1) * x.flatten()),
    Case("contiguous", lambda x: x.t().contiguous().view(-1)),
    Case("squeeze unsqueeze", lambda x: x.unsqueeze(1).squeeze(1).unsqueeze(-1).squeeze()),
    Case("in-index shapes", lambda x: (x * 2).unsqueeze_(0).squeeze_(0).t_().transpose_(0, 1)),
    Case("detach_", lambda x: (x * 2).detach_(), backward=False),
    Case("expand", lambda x: x.expand(3, 2, 3) * 2),
    Case("expand_as broadcast_to", lambda x, y: x.expand_as(y) + x.broadcast_to(2, 3), ((3,), (2, 3))),
    Case("unfold", lambda x: x.unfold(0, 2, 2) ** 2, FLAT),
    Case("overlapping unfold", lambda x: x.unfold(0, 3, 1) ** 2, FLAT),
    Case("as_strided", lambda x: x.as_strided((2, 2), (2, 1), 1) ** 2, FLAT),
    Case("overlapping as_strided", lambda x: x.as_strided((3, 3), (1, 1)) ** 2, FLAT),
    Case("diagonal", lambda x: x.diagonal() ** 2),
    Case("diag diag_embed", lambda x: torch.diag(x.diag(1)) + torch.diag_embed(x[0, :2])),
    Case("split chunk", lambda x: x.split([2, 4])[1] * x.chunk(3)[0].sum(), FLAT),
    Case("tensor_split unsafe", lambda x: x.tensor_split(3)[1] + torch.unsafe_chunk(x * 2, 3)[2], FLAT),
    Case("unbind hsplit", lambda x: x.unbind(1)[2] * x.hsplit(3)[0].squeeze()),
    Case("select narrow slice", lambda x: x.select(1, 2) * x.narrow(1, 0, 2)[:, 1] + x[:, ::2][:, 1]),
    Case("ellipsis none", lambda x: x[None, ..., 1] * x[..., None][:, 0].squeeze(), TWO[:1]),
    Case("unflatten", lambda x: x.unflatten(0, (2, 3)) ** 2, FLAT),
    Case("cat stack", lambda x, y: torch.cat([x, y * 2, x]) + torch.stack([x, y, y]).flatten(0, 1), TWO),
    Case("cat of nothing", lambda x: torch.cat([torch.zeros(0, dtype=x.dtype), x[0], x[1] ** 2])),
    Case("hstack vstack dstack", lambda x, y: torch.hstack([x, y])[:, :3] + torch.vstack([x, y])[1:3], TWO),
    Case("block_diag", lambda x, y: torch.block_diag(x, y) ** 2, TWO),
    Case("meshgrid", lambda x: torch.meshgrid(x[0], x[1], indexing="ij")[1] ** 2),
    Case("cartesian_prod", lambda x: torch.cartesian_prod(x[0], x[1]) ** 2),
    Case("flip fliplr roll", lambda x: x.flip(0, 1).fliplr() * x.roll(1, 1)),
    Case("roll dims rot90", lambda x: x.roll((1, 2), (0, 1)) * x.rot90().t()),
    Case("tril triu", lambda x: x.tril() * 2 + x.triu(1)),
    Case("pad", lambda x: F.pad(x, (1, 0, 2, 1)) ** 2),
    Case("pad value", lambda x: F.pad(x, (1, 1), value=3.0) ** 2),
    Case("pad circular", lambda x: F.pad(x[None], (1, 1), mode="circular") ** 2),
    Case("pad reflect", lambda x: F.pad(x[None], (2, 1), mode="reflect") ** 2),
    Case("pad replicate", lambda x: F.pad(x[None], (2, 1), mode="replicate") ** 2, approximated=frozenset({"replication_pad1d_backward"})),
    Case("repeat tile", lambda x: x.repeat(2, 1) * x.tile(2, 1)),
    Case("repeat_interleave", lambda x: x.repeat_interleave(2, 0)[:2] * x.repeat_interleave(I([0, 2]), 0)),
    Case("pixel_unshuffle", lambda x: F.pixel_unshuffle(x.view(1, 1, 2, 4), 2) ** 2, ((8,),)),
    Case("unfolded image", lambda x: F.unfold(x[None, None], 2) ** 2, ((3, 3),)),
    Case("pixel_shuffle", lambda x: F.pixel_shuffle(x.view(1, 4, 1, 2), 2) ** 2, ((8,),)),
    Case("index", lambda x: x[I([1, 0, 1]), I([2, 0, 2])] ** 2),
    Case("index one dimension", lambda x: x[:, I([[0, 2], [1, 1]])] ** 2),
    Case("index by truth", lambda x: x[I([[True, False, True], [False, False, True]])] ** 2),
    Case("index negative", lambda x: x[-1, I([-1, -3])] ** 2),
    Case("index_select", lambda x: x.index_select(1, I([2, 0, 2])) ** 2),
    Case("gather", lambda x: x.gather(1, I([[0, 0], [2, 1]])) ** 2),
    Case("take", lambda x: x.take(I([5, 0, 5])) ** 2, approximated=frozenset({"put"})),
    Case("take_along_dim", lambda x: torch.take_along_dim(x, I([[1], [2]]), 1) ** 2),
    Case("masked_select", lambda x: x.masked_select(torch.eye(2, 3) > 0) ** 2),
    Case("masked_scatter", lambda x, y: x.masked_scatter(torch.eye(2, 3) > 0, y) ** 2, TWO, approximated=frozenset({"masked_scatter_backward"})),
    Case("sliced assignment", _sliced),
    Case("written through views", _through_views),
    Case("written over a shifted copy", _shifted, FLAT),
    Case("filled", _filled),
    Case("swapped rows", _swapped),
    Case("index_put", lambda x, v: _put(x, v, accumulate=False), ((2, 3), (3,)), exact=False),
    Case("index_put accumulate", lambda x, v: _put(x, v, accumulate=True), ((2, 3), (3,))),
    Case("index_put by truth", lambda x, y: torch.where(x > 9, x, y).index_put((torch.eye(2, 3) > 0,), x[0, :1]), TWO, exact=False),
    Case("scatter", lambda x, y: x.scatter(1, I([[2, 0], [1, 2]]), y) ** 2, ((2, 3), (2, 2))),
    Case("scatter number", lambda x: x.scatter(1, I([[2], [1]]), 3.0) ** 2),
    Case("scatter_", lambda x, y: (x * 2).scatter_(0, I([[1, 0, 1]]), y) ** 2, ((2, 3), (1, 3))),
    Case("scatter_add", lambda x, y: x.scatter_add(1, I([[2, 2], [1, 1]]), y) ** 2, ((2, 3), (2, 2))),
    Case("scatter_add_", lambda x, y: (x * 2).scatter_add_(0, I([[1, 0, 1], [1, 1, 0]]), y) ** 2, TWO),
    Case("scatter into fewer", lambda x, y: x.scatter(1, I([[2, 0], [1, 2]]), y) ** 2, TWO, backward=False),
    Case("scatter_add of fewer", lambda x, y: x.scatter_add(1, I([[2, 2], [1, 1]]), y) ** 2, TWO, backward=False),
    Case("index_add", lambda x, y: x.index_add(1, I([2, 2, 0]), y, alpha=0.5) ** 2, TWO),
    Case("index_add_", lambda x, y: (x * 2).index_add_(0, I([1, 1]), y) ** 2, TWO),
    Case("index_copy", lambda x, y: x.index_copy(1, I([2, 0]), y[:, :2]) ** 2, TWO),
    Case("index_fill", lambda x: x.index_fill(1, I([2, 0]), 4.0) ** 2),
    Case("index_fill tensor", lambda x: (x * 2).index_fill_(1, I([1]), x[0, 0].detach()), backward=False),
    Case("slice_scatter", lambda x, y: x.slice_scatter(y[:, :2], 1, 1) ** 2, TWO),
    Case("select_scatter", lambda x, y: x.select_scatter(y[0], 0, 1) ** 2, TWO),
    Case("diagonal_scatter", lambda x, y: x.diagonal_scatter(y[0, :2]) ** 2, TWO),
    Case("as_strided_scatter", lambda x, y: x.as_strided_scatter(y[0], (3,), (2,), 1) ** 2, TWO),
    Case("one_hot", lambda x: F.one_hot(I([2, 0]), 3) * x),
    Case("embedding", lambda x: F.embedding(I([1, 0, 1]), x) ** 2),
    Case("copy_ broadcasts", lambda x: torch.zeros(2, 3, dtype=x.dtype).copy_(x[0]) ** 2),
    Case("new zeros full", lambda x: x.new_zeros(3) + x.new_full((3,), 2.0) + torch.zeros_like(x) + torch.ones_like(x) * x),
    Case("scatter_reduce", lambda x, y: x.scatter_reduce(1, I([[2, 2], [1, 1]]), y, "prod"), TWO, exact=False, approximated=frozenset({"scatter_reduce"}), backward=False),
    Case("put", lambda x, y: x.put(I([5, 0]), y), ((2, 3), (2,)), approximated=frozenset({"put"})),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_forward(case: Case) -> None:
    check(case, case.function, exact=case.exact)


@pytest.mark.slow
@pytest.mark.parametrize("case", [c for c in CASES if c.backward], ids=lambda case: case.name)
def test_backward(case: Case) -> None:
    check(case, backward(case), exact=False)


def _index(x: Tensor) -> Tensor:
    """Get four different indices in another order than x."""
    return (x.abs() * 2).long() % 4


ZEROS = torch.zeros(4, dtype=torch.float64)

BY_COMPUTED_INDEX: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "index": lambda x, y: (y * 1)[_index(x)],
    "gather": lambda x, y: y.gather(0, _index(x)),
    "index_select": lambda x, y: y.index_select(0, _index(x)),
    "take": lambda x, y: y.take(_index(x)),
    "embedding": lambda x, y: F.embedding(_index(x), y.view(4, 1)).view(4),
    "scatter": lambda x, y: (ZEROS * 1).scatter(0, _index(x), y),
    "scatter number": lambda x, _: (ZEROS * 1).scatter(0, _index(x[:1]), 1.0),
    "scatter into fewer": lambda x, y: (ZEROS * 1).scatter(0, _index(x[:2]), y),
    "scatter_add": lambda x, y: (ZEROS * 1).scatter_add(0, _index(x), y),
    "index_put": lambda x, y: (ZEROS * 1).index_put((_index(x),), y),
    "index_put accumulate": lambda x, y: (ZEROS * 1).index_put((_index(x),), y, accumulate=True),
    "index_add": lambda x, y: (ZEROS * 1).index_add(0, _index(x), y),
    "index_copy": lambda x, y: (ZEROS * 1).index_copy(0, _index(x), y),
    "index_fill": lambda x, _: (ZEROS * 1).index_fill(0, _index(x[:1]), 1.0),
    "index_fill tensor": lambda x, y: (ZEROS * 1).index_fill(0, _index(x[:1]), y[0]),
    "assignment": lambda x, y: _assigned(_index(x), y),
    "one_hot": lambda x, _: F.one_hot(_index(x), 4).sum(0).double() * F.one_hot(_index(x[:1]), 4)[0],
    "scatter_reduce": lambda x, y: (ZEROS * 1).scatter_reduce(0, _index(x), y, "sum"),
    "bincount": lambda x, y: torch.bincount(_index(x), y, 4).double(),
}  # fmt: skip


def _assigned(index: Tensor, y: Tensor) -> Tensor:
    made = ZEROS.clone()
    made[index] = y
    return made


@pytest.mark.parametrize("name", BY_COMPUTED_INDEX)
def test_computed_indices_are_inputs(name: str) -> None:
    """An index decides which element an output is, so larger changes of the index change the output."""
    function = BY_COMPUTED_INDEX[name]
    x = torch.tensor([1.1, 0.1, 1.6, 0.6], dtype=torch.float64)  # indices 2, 0, 3, 1
    y = torch.tensor([0.3, -0.8, 1.4, 0.9], dtype=torch.float64)
    found, trace = traced(function, [x, y])
    seen = moved(function, [x, y])
    before = function(x, y)
    for i in range(len(x)):
        for step in (0.5, -0.5, 1.0):
            other = x.clone()
            other[i] += step
            for index in (function(other, y) != before).nonzero().flatten().tolist():
                seen[index] |= {(0, i)}
    assert trace.limits or all(mine <= theirs for theirs, mine in zip(found, seen, strict=True))
    # Only these are assumed to depend on all inputs; of the others the trace knows what is written where.
    assert trace.approximated.keys() == {name} & {"scatter_reduce", "bincount"}


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x[x > 0].sum(),
        lambda x: x.masked_select(x > 0).sum(),
        lambda x: torch.ones(len((x > 0).nonzero())).sum(),
        lambda x: torch.where(x > 0)[0].sum() * 1.0,
        lambda x: torch.ones(torch.unique(x.round()).numel()).sum(),
        lambda x: torch.ones(torch.unique_consecutive(x.round()).numel()).sum(),
        lambda x: torch.ones(len(torch.bincount(x.abs().long()))).sum(),
        lambda x: torch.ones(4).repeat_interleave(x.abs().long()).sum(),
    ],
)
def test_the_number_of_elements_may_be_computed(function: Callable[[Tensor], Tensor]) -> None:
    x = torch.tensor([1.1, -0.1, 2.6, 0.6], dtype=torch.float64)
    found, trace = traced(function, [x])
    assert trace.limits or found == [frozenset((0, i) for i in range(4))]


def test_sizes_of_inputs_are_context() -> None:
    found, trace = traced(
        lambda x: torch.ones(len(x), dtype=x.dtype) * x.shape[0] + x.numel(), [ZEROS]
    )
    assert found == [frozenset()] * 4
    assert not trace.limits
