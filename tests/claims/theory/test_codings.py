"""Five codings of one target, and inputs of untrained networks."""

from __future__ import annotations

import pytest
import torch

from claims.theory._auctions import utilities
from claims.theory._codings import CODINGS
from claims.theory._rules import DISCOUNT, trainer_inputs
from claims.theory._shapes import Shape
from claims.theory._untrained import untrained


@pytest.mark.parametrize("coding", CODINGS)
def test_every_coding_gives_the_same_targets(coding: str) -> None:
    reward = torch.tensor([1.0, 10.0, 100.0, 1000.0], dtype=torch.float64)
    acted = torch.tensor([2.0, 3.0, 5.0, 7.0], dtype=torch.float64)
    g = DISCOUNT
    two = [1 + 10 * g + 5 * g**2, 10 + 100 * g + 7 * g**2, 100 + 1000 * g, 1000]
    three = [1 + 10 * g + 100 * g**2 + 7 * g**3, 10 + 100 * g + 1000 * g**2, 100 + 1000 * g, 1000]
    assert CODINGS[coding](reward, acted, 2).tolist() == pytest.approx(two)
    assert CODINGS[coding](reward, acted, 3).tolist() == pytest.approx(three)


def test_utilities_go_to_winners_alone() -> None:
    given = {
        "bids": torch.tensor([[[0.9, 0.2, 0.4, 0.3], [0.1, 0.5, 0.8, 0.6]]]),
        "reward": torch.tensor([[1.0, 2.0]]),
        "last": torch.tensor([[False, True]]),
        "choice": torch.tensor([[0, 2]]),
    }
    found = utilities(**given)
    assert found["A"].flatten().tolist() == pytest.approx([1 + DISCOUNT * 0.6 - 0.4, 0, 0, 0])
    assert found["B"].flatten().tolist() == pytest.approx([0, 0, 2 - 0.6, 0])


@pytest.mark.parametrize("name", ["ppo", "ppof", "cvs"])
def test_untrained_inputs_are_those_of_the_trainer_but_for_the_networks(name: str) -> None:
    shape = Shape((0, 1), (0, 1), 2)
    fresh, drawn = untrained(name, shape, 3), trainer_inputs(name, shape, 3)
    assert fresh.keys() == drawn.keys()
    for part, value in drawn.items():
        assert fresh[part].shape == value.shape
        assert fresh[part].dtype == value.dtype
        networks = part in {"policy", "behaviour_policy", "value"}
        assert torch.equal(fresh[part], value) != networks
    assert torch.equal(fresh["policy"], fresh["behaviour_policy"])
    if name == "cvs":  # mean 1/2 and concentration 2: every bid is as likely as any other
        assert fresh["behaviour_policy"][..., 0].sigmoid().unique().tolist() == [0.5]
    else:
        assert len(fresh["behaviour_policy"].unique()) == fresh["behaviour_policy"].numel()
    other = untrained(name, shape, 4)
    assert not torch.equal(fresh["value"], other["value"])
