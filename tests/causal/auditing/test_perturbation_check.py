"""Gradients that change with an input although the trace shows no dependence on it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor

from repro.causal import Answer, audit

if TYPE_CHECKING:
    from collections.abc import Callable

BIDS = torch.tensor([0.3, -0.5, 1.1], dtype=torch.float64)


def untraced(function: Callable[[], Tensor]) -> Tensor:
    """Compute something in a thread, which is not traced."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def failing(rule: Callable[..., dict[str, Tensor]]) -> set[str]:
    """List the mechanisms for which the check failed, according to the verdict."""
    said = [x for x in audit(rule, {"bids": BIDS}).limits if "did not see it read" in x]
    return {limit.removeprefix("the gradient of ").partition(" ")[0] for limit in said}


def test_traced_gradients_pass() -> None:
    assert failing(lambda bids: {"a": bids[0] + bids[1], "b": bids[1].exp()}) == set()
    assert failing(lambda bids: {"a": bids.sum(), "b": bids.prod()}) == set()


def test_gradients_that_read_more_are_found() -> None:
    assert failing(lambda bids: {"a": bids[0] + untraced(lambda: bids[1] * 2), "b": bids[1]}) == {
        "a"
    }
    assert failing(lambda bids: dict.fromkeys("ab", untraced(lambda: bids * 2))) == {"a", "b"}


def test_what_such_gradients_read_is_not_certain() -> None:
    verdict = audit(
        lambda bids: {"a": bids[0] + untraced(lambda: bids[1] * 2), "b": bids[1]}, {"bids": BIDS}
    )
    assert verdict.unseen == {"a"}
    with pytest.raises(
        AssertionError, match="a may read more than was seen: the gradient of a changes"
    ):
        verdict.assert_not_reads("a", "bids[1]")
    verdict.assert_not_reads("b", "bids[0]")


def test_inputs_at_zero_are_changed_too() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        return {"a": bids[0] + untraced(lambda: bids[1] * 2), "b": bids[2]}

    assert audit(rule, {"bids": BIDS * torch.tensor([1, 0, 1])}).answer is Answer.UNDETERMINED


def test_effects_of_inputs_do_not_cancel() -> None:
    assert failing(
        lambda bids: {
            "a": untraced(lambda: bids[0] - bids[1]),
            "b": untraced(lambda: bids.log_softmax(0)[0]),
            "c": untraced(lambda: bids - bids.mean()),
        }
    ) == {"a", "b", "c"}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_changes_stay_where_a_logarithm_is_defined(dtype: torch.dtype) -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        return {"a": bids[0] + untraced(bids[1].log), "b": bids[2]}

    verdict = audit(rule, {"bids": torch.tensor([0.3, 0.5, 1.1], dtype=dtype)})
    assert any("did not see it read" in limit for limit in verdict.limits)


def test_inputs_are_restored() -> None:
    before = BIDS.clone()
    failing(lambda bids: {"a": untraced(lambda: bids.mul_(2)), "b": bids})
    assert torch.equal(before, BIDS)


def test_a_list_of_another_length_is_a_change() -> None:
    def rule(bids: Tensor) -> dict[str, Any]:
        count = int(untraced(lambda: torch.tensor(2 if float(bids[1]) == -0.5 else 1)))
        return {"a": [bids[0]] * count, "b": bids[1]}

    assert audit(rule, {"bids": BIDS}).answer is not Answer.MODULAR


def test_a_rule_that_fails_on_changed_inputs_passes() -> None:
    """If the rule cannot run with changed inputs, no change can be observed."""

    def fail_elsewhere(bids: Tensor) -> Tensor:
        if float(bids[1]) != -0.5:
            raise ValueError("elsewhere")
        return bids

    def rule(bids: Tensor) -> dict[str, Tensor]:
        untraced(lambda: fail_elsewhere(bids))
        return {"a": bids[0], "b": bids[2]}

    verdict = audit(rule, {"bids": BIDS})
    assert (verdict.answer, verdict.limits) == (Answer.MODULAR, ())


def _in_threads(bids: Tensor) -> dict[str, Tensor]:
    return {n: untraced(lambda k=k: bids[k] * bids.logsumexp(0)) for k, n in enumerate("abc")}  # type: ignore[misc]  # a default binds it


def test_threads_are_found() -> None:
    verdict = audit(_in_threads, {"bids": BIDS})
    assert verdict.answer is Answer.UNDETERMINED
    assert any("did not see it read" in limit for limit in verdict.limits)


def test_only_pairs_with_such_a_gradient_are_undetermined() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        hidden = untraced(lambda: bids.logsumexp(0))
        return {"a": bids[0] * hidden, "b": bids[1].exp(), "c": bids[2].exp()}

    assert audit(rule, {"bids": BIDS}).pairs == {
        ("a", "b"): Answer.UNDETERMINED,
        ("a", "c"): Answer.UNDETERMINED,
        ("b", "c"): Answer.MODULAR,
    }


ROUNDED: dict[str, Callable[[Tensor], Tensor]] = {
    "cancelled in a sum": lambda b: torch.stack([b[0], b[1], -b[0]]).sum(),
    "cancelled in a product with a matrix": lambda b: torch.tensor([1.0, 0.7, -1.0]).to(b) @ b[[0, 1, 0]],
    "a mean less itself": lambda b: b[1] + (b.mean() - b.mean() * 1.0),
}  # fmt: skip


@pytest.mark.parametrize("name", ROUNDED)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rounding_is_not_a_change(name: str, dtype: torch.dtype) -> None:
    """Numbers that cancel leave rounding errors, which change with these numbers."""

    def rule(bids: Tensor) -> dict[str, Tensor]:
        return {"a": bids[2].exp(), "b": ROUNDED[name](bids)}

    for shift in (0.1, 0.7, 12.3, 1e4 / 3):
        verdict = audit(rule, {"bids": BIDS.to(dtype) + shift})
        assert verdict.answer is Answer.MODULAR, f"at {shift}: {verdict.limits}"


@pytest.mark.parametrize(
    "select",
    [
        lambda b: b.max(1).values,
        lambda b: b.min(1).values,
        lambda b: b.topk(2, 1).values[:, 1],
        lambda b: b.gather(1, b.argmax(1, keepdim=True))[:, 0],
        lambda b: b.sort(1).values[:, 1],
    ],
)
def test_ties_are_not_errors(select: Callable[[Tensor], Tensor]) -> None:
    """In a table of zeros, any of the equal bids can be the highest."""

    def rule(bids: Tensor, reward: Tensor) -> dict[str, Tensor]:
        target = reward + 0.9 * select(bids)
        return {"a": target[1] - bids[0, 0], "b": target[2] - bids[1, 1]}

    inputs = {"bids": torch.zeros(3, 3), "reward": torch.tensor([0.1, 0.2, 0.3])}
    assert audit(rule, inputs).answer is Answer.MODULAR
