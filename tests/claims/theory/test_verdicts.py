"""From what held, and what a trace could not follow, to a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from claims.theory._verdicts import judge, worst
from repro.causal import audit
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS = {"x": torch.tensor([0.5, 0.7]), "y": torch.tensor([0.2, 0.3])}


def clear(x: torch.Tensor, y: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"A": x * x, "B": y * y}


def limited(x: torch.Tensor, y: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"A": x * float(y.sum()), "B": y * y}


def approximated(x: torch.Tensor, y: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"A": torch.linalg.det(torch.outer(x, x) + 1), "B": y * y}


@pytest.mark.parametrize(
    ("rule", "holds", "expected"),
    [
        (clear, True, Verdict.REPRODUCED),
        (clear, False, Verdict.NOT_REPRODUCED),
        (limited, True, Verdict.INCONCLUSIVE),
        (limited, False, Verdict.INCONCLUSIVE),
        (approximated, True, Verdict.INCONCLUSIVE),
    ],
)
def test_one_case(
    rule: Callable[..., dict[str, torch.Tensor]], holds: bool, expected: Verdict
) -> None:
    sure = audit(clear, NUMBERS)
    assert judge(holds, [sure, audit(rule, NUMBERS)]) is expected


def test_a_case_that_rests_on_no_audit() -> None:
    assert judge(True) is Verdict.REPRODUCED
    assert judge(False) is Verdict.NOT_REPRODUCED


def test_the_worst_of_several() -> None:
    one, two, three = Verdict.REPRODUCED, Verdict.INCONCLUSIVE, Verdict.NOT_REPRODUCED
    assert worst([one, three, two]) is three
    assert worst(iter([one, two])) is two
    assert worst([one]) is one
