"""Five codings of one target."""

from __future__ import annotations

import pytest
import torch

from claims.theory._rules import DISCOUNT
from claims.theory.finding_n_step_coding import CODINGS


@pytest.mark.parametrize("coding", CODINGS)
def test_every_coding_gives_the_same_targets(coding: str) -> None:
    reward = torch.tensor([1.0, 10.0, 100.0, 1000.0], dtype=torch.float64)
    acted = torch.tensor([2.0, 3.0, 5.0, 7.0], dtype=torch.float64)
    g = DISCOUNT
    two = [1 + 10 * g + 5 * g**2, 10 + 100 * g + 7 * g**2, 100 + 1000 * g, 1000]
    three = [1 + 10 * g + 100 * g**2 + 7 * g**3, 10 + 100 * g + 1000 * g**2, 100 + 1000 * g, 1000]
    assert CODINGS[coding](reward, acted, 2).tolist() == pytest.approx(two)
    assert CODINGS[coding](reward, acted, 3).tolist() == pytest.approx(three)
