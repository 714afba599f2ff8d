"""Errors in a rule or a step: one line, with the user's line and what to do."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor

from repro.causal import AuditError, audit, audit_module

if TYPE_CHECKING:
    from collections.abc import Callable


def _of_torch(x: Tensor) -> dict[str, Tensor]:
    return {"a": torch.softmax(x.view(7), 0)}


def _on_a_leaf(x: Tensor) -> dict[str, Tensor]:
    return {"a": torch.ones(2, requires_grad=True).mul_(x)}


def _of_two_shapes(x: Tensor) -> dict[str, Tensor]:
    return {"a": x + torch.ones(3)}


def _of_numpy(x: Tensor) -> dict[str, Tensor]:
    return {"a": x + float(np.concatenate([np.ones(2), np.ones((1, 1))]).sum())}


def _without_a_library(x: Tensor) -> dict[str, Tensor]:
    import no_such_library.part  # type: ignore[import-not-found]  # the mistake  # noqa: PLC0415

    return {"a": no_such_library.part.double(x)}


def _without_a_part(x: Tensor) -> dict[str, Tensor]:
    import torch.no_such_part  # type: ignore[import-not-found]  # the mistake  # noqa: PLC0415

    return {"a": torch.no_such_part.double(x)}


CASES = {
    _of_torch: "the rule raised RuntimeError: shape .*",
    _on_a_leaf: "the rule raised RuntimeError: a leaf .* in-place operation.; write to a copy, .*",
    _of_two_shapes: "the rule raised RuntimeError: The size of tensor .*",
    _of_numpy: "the rule raised ValueError: all the input .*",
    _without_a_library: "the rule imports no_such_library",
    _without_a_part: "the rule raised ModuleNotFoundError: No module named 'torch.no_such_part'",
}


@pytest.mark.parametrize("rule", CASES)
def test_the_users_line_is_named(rule: object) -> None:
    """The error may come from deep inside a library."""
    with pytest.raises(AuditError) as caught:
        audit(rule, {"x": torch.ones(2)})  # type: ignore[arg-type]  # a rule
    line = rule.__code__.co_firstlineno + 1  # type: ignore[attr-defined]  # likewise
    ends = dict.fromkeys((_of_torch, _of_two_shapes, _of_numpy), r"; it was given x \[2\]")
    ends[_without_a_library] = ", and no module has that name; correct the name, .*"
    end = ends.get(rule, "")  # type: ignore[call-overload]  # a rule
    message = rf"{CASES[rule]} \(test_error_text.py:{line}\){end}"  # type: ignore[index]  # likewise
    assert caught.match(f"^{message}$")


MISFITS: dict[str, Callable[..., dict[str, Any]]] = {
    "the rule takes done, not in inputs (there: x); add it": lambda x, done: {"a": x, "b": done},
    "the rule does not take x, which inputs has; it takes: y": lambda y=1: {"a": y, "b": y},
}


@pytest.mark.parametrize("message", MISFITS)
@pytest.mark.parametrize("numpy", [False, True])
def test_inputs_that_a_rule_does_not_take(message: str, numpy: bool) -> None:
    with pytest.raises(AuditError) as caught:
        audit(MISFITS[message], {"x": torch.ones(2)}, numpy=numpy)
    assert str(caught.value).startswith(message)


def test_a_batch_that_a_step_does_not_take() -> None:
    left, right = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    with pytest.raises(AuditError, match=r"^the step takes reward, not in batch"):
        audit_module(lambda reward: (left * right * reward).sum(), {"left": left, "right": right})


def test_numpys_warnings_are_about_the_users_numbers_alone() -> None:
    """The audit changes inputs, so that they can be negative."""

    def rule(x: Tensor) -> dict[str, Tensor]:
        np.sqrt(x.detach().numpy())
        return {"a": x[0], "b": x[1] * 2}

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        audit(rule, {"x": torch.ones(2)})
    assert caught == []


def test_numpy_for_a_part_of_a_rule_is_explained() -> None:
    def rule(x: Tensor) -> dict[str, Tensor]:
        return {"a": torch.from_numpy(x.numpy() * 2), "b": x}

    inputs = {"x": torch.ones(2)}
    assert "audit it with numpy=True (--numpy)" in audit(rule, inputs).limits[0]
    with pytest.raises(
        AuditError, match=r"has no attribute 'numpy'.*must be written with NumPy alone"
    ):
        audit(rule, inputs, numpy=True)
