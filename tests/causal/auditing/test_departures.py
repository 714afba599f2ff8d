"""Numbers that leave the trace: only looked at, or used; and memory that is read by its address."""

from __future__ import annotations

import ctypes
import math
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from repro.causal import Answer, Verdict, audit

if TYPE_CHECKING:
    from collections.abc import Callable

MODULAR, UNDETERMINED = Answer.MODULAR, Answer.UNDETERMINED
BIDS = torch.tensor([0.3, -0.5, 1.1], dtype=torch.float64)
LOG: list[object] = []


def audit_with(look: Callable[[Tensor], Any]) -> Verdict:
    """Audit gradients that share nothing, in a rule that does something with their mean square.

    If `look` returns a number, the first gradient is multiplied with it.
    """

    def rule(bids: Tensor) -> dict[str, Tensor]:
        b = bids.detach().requires_grad_()
        loss = b.square().mean()
        loss.backward()
        found = look(loss.detach())
        assert b.grad is not None
        first = b.grad[0] if found is None else b.grad[0] * found
        return {"a": first, "b": b.grad[1], "c": b.grad[2]}

    return audit(rule, {"bids": BIDS}, verify=True)


def _raise_if_large(loss: Tensor) -> None:
    if loss > 100:
        raise ValueError("diverged")


def _raise_if_nan(loss: Tensor) -> None:
    if math.isnan(loss.item()):
        raise FloatingPointError


def _assert_finite(loss: Tensor) -> None:
    assert torch.isfinite(loss).all()


def _format(loss: Tensor) -> None:
    LOG.append(f"{loss:.3f} {float(loss)!r}")


def _perplexity(loss: Tensor) -> None:
    LOG.append(math.exp(loss.item()))


def _best(loss: Tensor) -> None:
    LOG[:] = [min([x for x in LOG if isinstance(x, float)] + [loss.item()])]


def _clip(loss: Tensor) -> None:
    weight = nn.Parameter(torch.zeros(2))
    weight.grad = torch.stack([loss, loss]).float()
    nn.utils.clip_grad_norm_([weight], 1.0, error_if_nonfinite=True)


def _distribution(loss: Tensor) -> None:
    torch.distributions.Normal(loss, 1.0)


LOOKED_AT: dict[str, Callable[[Tensor], None]] = {
    "item": lambda loss: LOG.append(loss.item()),
    "float": lambda loss: LOG.append(float(loss)),
    "tolist": lambda loss: LOG.append(loss.view(1).tolist()),
    "numpy": lambda loss: LOG.append(float(loss.numpy())),
    "array": lambda loss: LOG.append(float(np.asarray(loss, dtype=np.float32))),
    "print": print,
    "str": lambda loss: LOG.append(str(loss)),
    "format": _format,
    "perplexity": _perplexity,
    "best so far": _best,
    "assert": _assert_finite,
    "raise if large": _raise_if_large,
    "raise if NaN": _raise_if_nan,
    "clip_grad_norm_ with a check": _clip,
    "validation of a distribution": _distribution,
    "equal": lambda loss: LOG.append(torch.equal(loss, loss + 1)),
    "several": lambda loss: LOG.extend([loss.item(), (2 * loss).item(), bool(loss > 0)]),
}
USED: dict[str, Callable[[Tensor], Any]] = {
    "item": lambda loss: loss.item(),
    "rounded": lambda loss: round(loss.item(), 2),
    "threshold": lambda loss: 2.0 if loss.item() > 0.4 else 1.0,
    "far threshold": lambda loss: 2.0 if loss.item() > 50 else 1.0,
    "window": lambda loss: 2.0 if 0.4 < loss.item() < 0.7 else 1.0,
    "condition": lambda loss: 2.0 if loss > 0.4 else 1.0,
    "early stop": lambda loss: 0.0 if loss.item() > 1.5 else None,
    "numpy": lambda loss: float(loss.numpy()),
    "tolist": lambda loss: loss.view(1).tolist()[0],
    "text": lambda loss: float(f"{loss:.2f}"),
    "count": lambda loss: len(range(int(loss.item() * 10))),
    "replaced if NaN": lambda loss: 0.0 if math.isnan(loss.item()) else 1.0,
    "two numbers compared": lambda loss: 1.0 if loss.item() < (loss + 0.1).item() else 2.0,
    "integer": lambda loss: int(loss * 10),
    "loop": lambda loss: sum(1 for k in range(9) if loss > k / 9),
}


@pytest.mark.parametrize("name", LOOKED_AT)
def test_numbers_that_are_only_looked_at(name: str) -> None:
    verdict = audit_with(LOOKED_AT[name])
    assert verdict.answer is MODULAR
    assert verdict.limits == ()


@pytest.mark.parametrize("name", USED)
def test_numbers_that_are_used(name: str) -> None:
    verdict = audit_with(USED[name])
    assert verdict.answer is UNDETERMINED
    assert verdict.pairs["a", "b"] is UNDETERMINED
    assert any("Python" in limit or "condition" in limit for limit in verdict.limits)


def test_the_function_by_which_a_number_left_has_its_own_name() -> None:
    array = audit_with(lambda loss: float(np.asarray(loss)))
    assert any("through __array__ (test_departures.py:" in limit for limit in array.limits)


def test_only_gradients_that_depend_on_the_number_are_undetermined() -> None:
    assert audit_with(USED["condition"]).pairs == {
        ("a", "b"): UNDETERMINED,
        ("a", "c"): UNDETERMINED,
        ("b", "c"): MODULAR,
    }


def test_a_number_that_only_counts_near_its_value_is_changed_a_little() -> None:
    def rule(x: Tensor) -> dict[str, Tensor]:
        number = x.detach()[0].item()
        return {"a": x[0] * (number if abs(number - 1) < 0.1 else 1.0), "b": x[1]}

    verdict = audit(rule, {"x": torch.tensor([1.0, 0.3])})
    assert verdict.answer is UNDETERMINED


def test_changed_numbers_are_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    audit_with(lambda loss: print("loss", float(loss)))  # noqa: T201 - what is tested
    printed = capsys.readouterr().out
    assert "loss 0.5" in printed
    assert "nan" not in printed


def _by_address(whole: Tensor) -> Tensor:
    """Read a tensor's memory outside torch, and return what is there as a new tensor."""
    array = (ctypes.c_double * whole.numel()).from_address(whole.data_ptr())
    return torch.tensor([math.exp(x) for x in array], dtype=torch.float64)


def test_memory_that_is_read_by_its_address() -> None:
    """Every gradient reads every input, so changed inputs would not show that it reads more."""

    def rule(bids: Tensor) -> dict[str, Tensor]:
        total = _by_address(bids).sum()
        return {name: bids.square() * (bids[k] + total) for k, name in enumerate("abc")}

    verdict = audit(rule, {"bids": BIDS})
    assert verdict.answer is not MODULAR
    assert any("data_ptr" in limit for limit in verdict.limits)


def test_an_address_of_constant_memory_that_is_written_later() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        memory = torch.zeros(1, dtype=bids.dtype)
        address = memory.data_ptr()
        memory.copy_(bids.exp().sum())
        number = ctypes.c_double.from_address(address).value
        return {name: bids[k] * number for k, name in enumerate("abc")}

    assert audit(rule, {"bids": BIDS}).answer is UNDETERMINED


def test_an_address_of_a_constant_is_harmless() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        weight = torch.ones(3, dtype=bids.dtype)
        same = weight.data_ptr() == weight.view(3).data_ptr()
        return {name: bids[k] * weight[k] * same for k, name in enumerate("abc")}

    assert audit(rule, {"bids": BIDS}).answer is MODULAR


def test_only_the_number_that_is_used_is_named_with_its_line() -> None:
    """Constants, conditions and logged numbers leave too, before and after it."""
    lines: list[int] = []

    def rule(bids: Tensor) -> dict[str, Tensor]:
        total = bids.exp().sum()
        half = torch.tensor(0.5).item()
        assert torch.isfinite(total)
        total.detach().numpy().mean()
        lines.append(sys._getframe().f_lineno + 1)
        scale = bids.exp().std().item()
        total.item()
        return {name: bids[k] * scale * half for k, name in enumerate("ab")}

    verdict = audit(rule, {"bids": BIDS})
    assert verdict.answer is UNDETERMINED
    (limit,) = verdict.limits
    assert f"item or float (test_departures.py:{lines[0]})" in limit
    assert limit.endswith("(the gradients of a and b change with it)")


def test_a_constant_that_leaves_before_a_logged_number_is_harmless() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        half = torch.tensor(0.5).item()
        bids.exp().sum().item()
        return {name: bids[k] * half for k, name in enumerate("ab")}

    assert audit(rule, {"bids": BIDS}).answer is MODULAR
