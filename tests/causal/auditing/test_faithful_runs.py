"""The traced run computes the same gradients as a plain one; if it does not, the message says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from repro.causal import Answer, AuditError, audit
from repro.causal.tracing.operators import decompositions

if TYPE_CHECKING:
    from collections.abc import Callable

MODULAR, NOT_MODULAR, IMPLEMENTATION_DEPENDENT = (
    Answer.MODULAR,
    Answer.NOT_MODULAR,
    Answer.IMPLEMENTATION_DEPENDENT,
)
REWARDS = torch.tensor([1.5, 2.5])


def _gradient(loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., dict[str, Tensor]]:
    def rule(bids: Tensor, rewards: Tensor) -> dict[str, Tensor]:
        b = bids.detach().requires_grad_()
        (made,) = torch.autograd.grad(loss(b, rewards), b)
        return {"a": made[:, 0], "b": made[:, 1]}

    return rule


ROWS_FAR_APART: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "log_softmax": lambda b, r: (b.log_softmax(-1)[:, 0] * r).sum(),
    "softmax": lambda b, r: (b.softmax(-1)[:, 0] * r).sum(),
    "logsumexp": lambda b, r: ((b[:, 0] - b.logsumexp(-1)) * r).sum(),
    "cross entropy": lambda b, r: (F.cross_entropy(b, torch.tensor([0, 1]), reduction="none") * r).sum(),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS_FAR_APART)
@pytest.mark.parametrize("size", [1.0, 120.0, 1e4, -1e4])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_rows_of_logits_far_apart(name: str, size: float, dtype: torch.dtype) -> None:
    bids = torch.tensor([[0.1, 0.7], [size + 0.3, size + 0.9]]).to(dtype)
    verdict = audit(_gradient(ROWS_FAR_APART[name]), {"bids": bids, "rewards": REWARDS.to(dtype)})
    assert verdict.answer is NOT_MODULAR


def test_a_masked_row_in_a_softmax() -> None:
    def loss(b: Tensor, r: Tensor) -> Tensor:
        masked = torch.cat([b, torch.full((2, 1), -torch.inf)], 1)
        return (masked.log_softmax(-1)[:, 0] * r).sum()

    bids = torch.tensor([[0.1, 0.7], [120.3, 120.9]])
    assert audit(_gradient(loss), {"bids": bids, "rewards": REWARDS}).answer is NOT_MODULAR


def _attention(b: Tensor, r: Tensor, **how: Any) -> Tensor:  # noqa: ANN401 - torch's options
    x = b[None, :, :, None]
    return (F.scaled_dot_product_attention(x, x, x, **how)[0, :, 0, 0] * r).sum()


ATTENTION: dict[str, dict[str, Any]] = {
    "plain": {},
    "causal": {"is_causal": True},
    "scaled": {"scale": 0.3},
    "masked": {"attn_mask": torch.tensor([[0.0, -1.0], [0.5, 0.0]])},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTENTION)
def test_attention(name: str) -> None:
    bids = torch.tensor([[0.1, 0.7], [0.3, 0.9]])
    rule = _gradient(lambda b, r: _attention(b, r, **ATTENTION[name]))
    verdict = audit(rule, {"bids": bids, "rewards": REWARDS}, verify=True)
    # The first element of a causal attention attends only to itself.
    assert verdict.answer is (MODULAR if name == "causal" else NOT_MODULAR)
    assert verdict.approximated == ()


def _convolved(x: Tensor, kernel: Tensor) -> Tensor:
    padded = torch.cat([x, torch.zeros(len(kernel) - 1, dtype=x.dtype)])
    return torch.conv1d(padded[None, None], kernel[None, None])[0, 0]


def _in_channels(x: Tensor, kernel: Tensor) -> Tensor:
    padded = torch.cat([x, torch.zeros(len(kernel) - 1, dtype=x.dtype)]).expand(1, 2, -1)
    return torch.conv1d(padded, kernel.expand(2, 1, -1), groups=2)[0, 1]


def _in_two_dimensions(x: Tensor, kernel: Tensor) -> Tensor:
    return F.conv2d(x[None, None, None], kernel[None, None, None], padding=(0, 2))[0, 0, 0, 2:]


CONVOLUTIONS = {
    "one dimension": _convolved,
    "groups": _in_channels,
    "two dimensions": _in_two_dimensions,
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_returns_by_convolution(name: str) -> None:
    given = {"bids": torch.tensor([0.1, 0.7, 0.4]), "rewards": torch.tensor([1.5, 2.5, 0.5])}

    def rule(bids: Tensor, rewards: Tensor) -> dict[str, Tensor]:
        error = bids - CONVOLUTIONS[name](rewards, 0.9 ** torch.arange(3.0))
        return {"a": error[0], "b": error[1], "c": error[2]}

    by_hand = {"a": given["rewards"] @ 0.9 ** torch.arange(3.0), "c": given["rewards"][2]}
    for key, value in by_hand.items():
        assert torch.allclose(given["bids"]["abc".index(key)] - rule(**given)[key], value)
    verdict = audit(rule, given, verify=True)
    assert verdict.answer is IMPLEMENTATION_DEPENDENT
    assert verdict.joined_at_most == {("a", "b")}
    assert verdict.approximated == verdict.limits == ()


def test_the_backward_pass_of_a_convolution() -> None:
    """The gradient of each weight of the kernel is a sum of rewards times own inputs."""

    def rule(bids: Tensor, rewards: Tensor) -> dict[str, Tensor]:
        kernel = bids[:2].detach().requires_grad_()
        out = torch.conv1d(rewards[None, None], kernel[None, None], stride=1)
        (made,) = torch.autograd.grad((out[0, 0] * bids[2:]).sum(), kernel)
        return {"a": made[0], "b": made[1]}

    given = {"bids": torch.tensor([0.1, 0.7, 0.4, 0.2]), "rewards": torch.tensor([1.5, 2.5, 0.5])}
    verdict = audit(rule, given, verify=True)
    assert verdict.answer is MODULAR
    assert verdict.approximated == verdict.limits == ()
    assert verdict.reads["a"] == {"bids[2]", "bids[3]", "rewards[0]", "rewards[1]"}


def test_meta_tensors_have_a_shape_and_no_numbers() -> None:
    def rule(bids: Tensor, rewards: Tensor) -> dict[str, Tensor]:
        outer = torch.empty_like(bids[:, None], device="meta")
        mixed = (outer @ outer.t() + 1.0).sum(0)
        error = (bids - rewards).view(mixed.shape[0])
        return {"a": error[0], "b": error[1]}

    verdict = audit(rule, {"bids": torch.tensor([0.1, 0.7]), "rewards": REWARDS})
    assert verdict.answer is MODULAR
    assert verdict.approximated == verdict.limits == ()


@pytest.mark.parametrize("literal", [0.1, 0.25, 1e-3, 1 / 3, 2**0.5])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_literals_are_constants(literal: float, dtype: torch.dtype) -> None:
    """Some computed number happens to be equal to a number that was written down."""

    def rule(bids: Tensor, rewards: Tensor) -> dict[str, Tensor]:
        share = literal - (bids < -100).to(dtype)
        fractions = torch.tensor([literal, 2 * literal], dtype=dtype)
        error = (bids - rewards - fractions) * share
        return {"a": error[0], "b": error[1]}

    given = {"bids": torch.tensor([0.1, 0.7], dtype=dtype), "rewards": REWARDS.to(dtype)}
    assert audit(rule, given).answer is MODULAR


def test_a_trace_that_computes_something_else_is_at_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(decompositions.OWN, "dot", lambda a, b: (a * b).sum() * 2)

    def rule(bids: Tensor, rewards: Tensor) -> dict[str, Tensor]:
        return {"a": bids @ rewards, "b": bids[1]}

    with pytest.raises(AuditError, match=r"the trace is at fault: two plain runs .* agree.*'a'"):
        audit(rule, {"bids": torch.tensor([0.1, 0.7]), "rewards": REWARDS})
