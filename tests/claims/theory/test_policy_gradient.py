"""The theory's policy gradient without a normaliser is the one that an algorithm trains with."""

from __future__ import annotations

import torch

from claims.theory.policy_gradient import sigmoid_rule
from repro.credit.sigmoid_policy import sigmoid_policy_gradient
from tests.credit.tensors import noise


def test_the_sigmoid_rule_is_the_trainers_gradient() -> None:
    """With one-step rewards as the advantages of all mechanisms, on distinct states."""
    bids, reward = noise(1, 3, 4), noise(2, 3)
    state, action = torch.arange(3), torch.tensor([2, 0, 2])
    expected = sigmoid_rule(bids, reward, state, action)
    for k, gradient in enumerate(expected.values()):
        found = sigmoid_policy_gradient(bids[:, k], reward, reward * (action == k))
        torch.testing.assert_close(found, gradient)
