"""A rule that is written with NumPy as a rule of tensors, which a trace can follow.

The rule runs once with NumPy itself, and must give the same gradients with torch's NumPy front end.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from repro.causal.auditing.numpy_front_end import (
    MissingNameError,
    arrays,
    rebound,
    tensors,
)
from repro.causal.auditing.rule_run import RULE_CHANGES
from repro.causal.auditing.tolerances import differs, largest
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from repro.causal.auditing.rule_run import AuditTarget


def numpy_inputs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Copy the inputs that are arrays to tensors."""
    return {name: _from_numpy(x) for name, x in inputs.items()}


def numpy_target(target: AuditTarget) -> AuditTarget:
    """Let the rule, the update and the execution get arrays that can be traced.

    Args:
        target: functions of NumPy arrays.

    Raises:
        AuditError: a function fails, or gives other gradients with torch's NumPy front end than with NumPy.
    """
    plain, traceable = _converted(target, _with_numpy), _converted(target, _with_front_end)
    try:
        expected, again = (plain.run(plain.copies()) for _ in range(2))
    except AuditError as error:
        if "ndarray" not in str(error):
            raise
        raise AuditError(
            f"{error}; with numpy=True (--numpy) a rule gets arrays, and must be written with NumPy alone: write the "
            "rest with NumPy too, or all of it with torch and leave numpy out"
        ) from error
    size = max(largest(x) for x in target.inputs.values())
    if (name := differs(expected, again, size, torch.float64)) is not None:
        raise AuditError(RULE_CHANGES.format(name))
    try:
        found = traceable.run(traceable.copies())
    except MissingNameError:
        raise
    except AuditError as error:
        raise AuditError(
            f"{error}; NumPy can do this and torch's NumPy front end cannot: use other functions of NumPy, imported "
            "at the top of the file, or write the rule with torch"
        ) from error
    if (name := differs(expected, found, size, torch.float64)) is not None:
        raise AuditError(
            f"the gradient of {name!r} is another one with torch's NumPy front end than with NumPy; if the rule "
            "keeps an element of an array that it writes to, let it copy() the element, otherwise write it with torch"
        )
    return traceable


def _converted(
    target: AuditTarget, convert: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> AuditTarget:
    return replace(
        target,
        rule=convert(target.rule),
        update=None if target.update is None else convert(target.update),
        execution=None if target.execution is None else convert(target.execution),
        start=target.named,
    )


def _with_numpy(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function of arrays take and return tensors."""

    @functools.wraps(function)
    def run(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - the function's
        args, named = tree_map(_to_numpy, (args, named))
        return tree_map(_from_numpy, function(*args, **named))

    return run


def _to_numpy(x: object) -> object:
    return x.detach().numpy() if isinstance(x, Tensor) else x


def _from_numpy(x: object) -> object:
    return torch.tensor(np.array(x, order="C")) if isinstance(x, (np.ndarray, np.generic)) else x


def _with_front_end(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function of arrays take and return tensors that can be traced."""

    @functools.wraps(function)
    def run(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - the function's
        args, named = arrays((args, named))
        with rebound(function):
            return tensors(function(*args, **named))

    return run
