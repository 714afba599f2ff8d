"""Utilities of CVS's auctions."""

from __future__ import annotations

import pytest
import torch

from claims.theory._rules import DISCOUNT, utilities


def test_only_winners_have_utilities() -> None:
    given = {
        "bids": torch.tensor([[[0.9, 0.2, 0.4, 0.3], [0.1, 0.5, 0.8, 0.6]]]),
        "reward": torch.tensor([[1.0, 2.0]]),
        "episode_end": torch.tensor([[False, True]]),
        "action": torch.tensor([[0, 2]]),
    }
    found = utilities(**given)
    assert found["A"].flatten().tolist() == pytest.approx([1 + DISCOUNT * 0.6 - 0.4, 0, 0, 0])
    assert found["B"].flatten().tolist() == pytest.approx([0, 0, 2 - 0.6, 0])
