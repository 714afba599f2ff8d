"""When numbers leave the trace, in whatever way, the answer is never "modular"."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor

from repro.causal import Answer, AuditError, audit
from tests.causal.auditing.detours import DETOURS, doubled

if TYPE_CHECKING:
    from collections.abc import Callable

BIDS = torch.tensor([0.3, -0.5, 1.1], dtype=torch.float64)
NAMES = "abc"


def shared(pass_on: Callable[[Tensor], Any]) -> Callable[..., dict[str, Any]]:
    """Make a rule whose gradients share a normaliser that leaves the trace and returns."""

    def rule(bids: Tensor) -> dict[str, Any]:
        detour = pass_on(bids.logsumexp(0))
        return {name: bids[k] * detour for k, name in enumerate(NAMES)}

    return rule


def each(recompute: Callable[[Tensor], Any]) -> Callable[..., dict[str, Any]]:
    """Make a rule that recomputes the same number from all bids for each mechanism."""
    return lambda bids: {name: bids[k] * recompute(bids) for k, name in enumerate(NAMES)}


@pytest.mark.filterwarnings("ignore")  # torch and numpy warn about many of these
@pytest.mark.parametrize("name", DETOURS)
def test_a_shared_number_on_a_detour(name: str) -> None:
    rule = shared(DETOURS[name])
    assert set(rule(BIDS)) == set(NAMES)
    try:
        verdict = audit(rule, {"bids": BIDS})
    except AuditError:
        return  # an error is correct too
    assert verdict.answer in {Answer.UNDETERMINED, Answer.NOT_MODULAR}
    assert set(verdict.pairs.values()) <= {Answer.UNDETERMINED, Answer.NOT_MODULAR}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # as above
@pytest.mark.parametrize("name", sorted(DETOURS.keys() - {"place", "put at a place", "slice"}))
def test_a_recomputed_number_on_a_detour(name: str) -> None:
    """All mechanisms recompute one number, so no verdict may call them independent."""
    detour = DETOURS[name]
    try:
        verdict = audit(each(lambda bids: detour(bids.logsumexp(0))), {"bids": BIDS})
    except AuditError:
        return
    assert verdict.answer in {Answer.UNDETERMINED, Answer.NOT_MODULAR}


REJECTED = ("complex", "memory", "halves", "storage")


@pytest.mark.parametrize("name", REJECTED)
def test_memory_read_as_numbers_of_another_type_is_an_error(name: str) -> None:
    with pytest.raises(AuditError, match=r"memory|complex"):
        audit(shared(DETOURS[name]), {"bids": BIDS})


APPROXIMATED: dict[str, Callable[[Tensor], Tensor]] = {
    "logcumsumexp": lambda bids: bids.logcumsumexp(0)[-1],
    "det": lambda bids: torch.linalg.det(torch.outer(bids, bids) + torch.eye(3)),
    "conv_transpose1d": lambda bids: torch.conv_transpose1d(
        bids.view(1, 1, 3), bids.view(1, 1, 3)
    ).sum(),
    "element that stays what it was": lambda bids: bids.logcumsumexp(0)[0],
    "operator of one's own": lambda bids: doubled(bids).sum(),
}


@pytest.mark.parametrize("name", APPROXIMATED)
def test_repeated_calls_of_an_approximated_operator_are_one_node(name: str) -> None:
    verdict = audit(each(APPROXIMATED[name]), {"bids": BIDS})
    assert verdict.answer is Answer.UNDETERMINED
    assert verdict.approximated


def test_results_written_to_given_memory_are_followed() -> None:
    def recompute(bids: Tensor) -> Tensor:
        memory = torch.full((3,), random.random(), dtype=bids.dtype)  # noqa: S311 - any number
        return torch.exp(bids, out=memory).sum().log()

    assert audit(each(recompute), {"bids": BIDS}).answer is Answer.NOT_MODULAR


@pytest.mark.parametrize("dtype", [None, torch.float32, torch.float64])
def test_a_tensor_that_is_converted_to_a_tensor_does_not_leave_the_trace(
    dtype: torch.dtype | None,
) -> None:
    def convert(x: Tensor) -> Tensor:
        return torch.as_tensor(x, dtype=dtype, device="cpu")

    own = audit(
        lambda bids: {n: convert(bids[k].exp()) for k, n in enumerate(NAMES)}, {"bids": BIDS}
    )
    assert (own.answer, own.limits) == (Answer.MODULAR, ())
    both = audit(shared(convert), {"bids": BIDS})
    assert (both.answer, both.limits) == (Answer.NOT_MODULAR, ())
    assert both.witnesses[0].name == "log-sum-exp"


UNTRACKED = torch.tensor([0.5, 0.2, 0.1], dtype=torch.float64)


def test_tensors_that_are_not_inputs() -> None:
    own = audit(
        lambda bids: {n: bids[k] * UNTRACKED[k] for k, n in enumerate(NAMES)}, {"bids": BIDS}
    )
    assert own.answer is Answer.MODULAR
    both = audit(
        lambda bids: {n: bids[k] * UNTRACKED[0] for k, n in enumerate(NAMES)}, {"bids": BIDS}
    )
    assert both.answer is Answer.UNDETERMINED
    assert "not an input" in both.limits[0]
    one = audit(
        lambda bids: {n: bids[k] * UNTRACKED[min(k, 1)] for k, n in enumerate(NAMES)},
        {"bids": BIDS},
    )
    assert one.pairs == {
        ("a", "b"): Answer.MODULAR,
        ("a", "c"): Answer.MODULAR,
        ("b", "c"): Answer.UNDETERMINED,
    }


@pytest.mark.parametrize(
    "read",
    [
        lambda place: int(place[1]),
        lambda place: place.tolist()[1],
        lambda place: place.numpy()[1],
        lambda place: place[1].item(),
        lambda place: place[1],
        lambda place: 1 if place[1] > place[0] else 0,
        lambda place: len(place) - 1,
    ],
)
def test_context_may_leave_the_trace(read: Callable[[Tensor], int]) -> None:
    def rule(bids: Tensor, place: Tensor) -> dict[str, Tensor]:
        return {"a": bids[read(place)].exp(), "b": bids[2].exp()}

    verdict = audit(rule, {"bids": BIDS, "place": torch.tensor([0, 1])})
    assert verdict.answer is Answer.MODULAR
    assert verdict.limits == ()


def test_inputs_that_leave_are_named() -> None:
    verdict = audit(lambda bids: {"a": bids[0] * float(bids[2]), "b": bids[1]}, {"bids": BIDS})
    assert verdict.answer is Answer.UNDETERMINED
    assert len(verdict.limits) == 1


def test_an_escape_does_not_weaken_not_modular() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        normaliser = bids.logsumexp(0)
        return {"a": (bids[0] - normaliser) * float(bids[0]), "b": bids[1] - normaliser}

    assert audit(rule, {"bids": BIDS}).answer is Answer.NOT_MODULAR


def _numpy_random(bids: Tensor) -> dict[str, Tensor]:
    return {n: bids[k] * np.random.rand() for k, n in enumerate(NAMES)}  # noqa: NPY002 - the error to find


def _python_random(bids: Tensor) -> dict[str, Tensor]:
    return {n: bids[k] * random.random() for k, n in enumerate(NAMES)}  # noqa: S311 - the error to find


def _torch_random(bids: Tensor) -> dict[str, Tensor]:
    return {n: bids[k] * torch.rand(()) for k, n in enumerate(NAMES)}


CALLS = [0]


def _counting(bids: Tensor) -> dict[str, Tensor]:
    CALLS[0] += 1
    return {n: bids[k] * CALLS[0] for k, n in enumerate(NAMES)}


@pytest.mark.parametrize("rule", [_numpy_random, _python_random, _torch_random, _counting])
def test_randomness_and_state_are_errors(rule: Callable[..., dict[str, Tensor]]) -> None:
    with pytest.raises(AuditError, match="random numbers"):
        audit(rule, {"bids": BIDS})
