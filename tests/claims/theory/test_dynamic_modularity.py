"""Two updates of a table of bids."""

from __future__ import annotations

import pytest
import torch

from claims.theory._shapes import Shape
from claims.theory.dynamic_modularity import TwoUpdates

SHAPE = Shape((0, 1), (0, 1))
# Two states, three mechanisms; A acts in the first state, and B in the second, at the last step.
BIDS = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=torch.float64)
GIVEN = {
    "bids": BIDS,
    "first_reward": torch.tensor([0.5, 0.25], dtype=torch.float64),
    "second_reward": torch.tensor([1.0, 2.0], dtype=torch.float64),
    "rate": torch.tensor(0.1, dtype=torch.float64),
}


def test_sarsa_worked_out_by_hand() -> None:
    updates = TwoUpdates(SHAPE)
    # A: 1 + 0.1 (0.5 + 0.99 · 5 - 1) = 1.445; B: 5 + 0.1 (0.25 - 5) = 4.525.
    first = BIDS.clone()
    first[0, 0], first[1, 1] = 1.445, 4.525
    torch.testing.assert_close(updates.first(**GIVEN), first)
    # A: 1.445 + 0.1 (1 + 0.99 · 4.525 - 1.445) = 1.848475; B: 4.525 + 0.1 (2 - 4.525) = 4.2725.
    second = updates.second(**GIVEN)
    assert second["A"].tolist() == pytest.approx([1.848475, 4])
    assert second["B"].tolist() == pytest.approx([2, 4.2725])
    assert second["C"].tolist() == [3, 6]


def test_one_draw_for_all() -> None:
    plain, drawn = (TwoUpdates(SHAPE, draws=draws).first(**GIVEN) for draws in (False, True))
    shift = drawn - plain
    assert shift.max() - shift.min() < 1e-9
    assert abs(float(shift[0, 0])) > 1e-3
    torch.testing.assert_close(TwoUpdates(SHAPE, draws=True).first(**GIVEN), drawn)
