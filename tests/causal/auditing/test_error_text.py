"""Errors in a rule or a step: one line, with the user's line and what to do."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from repro.causal import AuditError, audit


def _of_torch(x: Tensor) -> dict[str, Tensor]:
    return {"a": torch.softmax(x.view(7), 0)}


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
    _of_numpy: "the rule raised ValueError: all the input .*",
    _without_a_library: "the rule needs no_such_library, which is not installed",
    _without_a_part: "the rule raised ModuleNotFoundError: No module named 'torch.no_such_part'",
}


@pytest.mark.parametrize("rule", CASES)
def test_the_users_line_is_named(rule: object) -> None:
    """The error may come from deep inside a library."""
    with pytest.raises(AuditError) as caught:
        audit(rule, {"x": torch.ones(2)})  # type: ignore[arg-type]  # a rule
    line = rule.__code__.co_firstlineno + 1  # type: ignore[attr-defined]  # likewise
    end = "; run: python -m pip install no_such_library" if rule is _without_a_library else ""
    message = rf"{CASES[rule]} \(test_error_text.py:{line}\){end}"  # type: ignore[index]  # likewise
    assert caught.match(f"^{message}$")
