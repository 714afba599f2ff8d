"""Societies with other prices than CVS: what winners pay, by loops over steps, and their audit."""

from __future__ import annotations

import pytest
import torch

from claims.theory._rules import DISCOUNT, trainer_batch, trainer_inputs, trainer_rule
from claims.theory._shapes import Shape, mechanism
from repro import algorithms
from repro.algorithms import Outputs
from repro.algorithms.auction import Auction
from repro.causal import audit
from tests.algorithms.reference import make_trainer, rough_weights

PROBLEM = "common_descendant.training"
NAMES = [n for n in algorithms.algorithm_names() if isinstance(algorithms.load(n), Auction)]


def load(name: str) -> Auction:
    found = algorithms.load(name)
    assert isinstance(found, Auction)
    return found


RANK = {
    "cvs": -2,
    "cvs_normalised_together": -2,
    "first_price_society": -1,
    "vickrey_society": -2,
}
"""Which of the sorted bids the winner pays."""


def test_every_auction_has_a_reference() -> None:
    assert set(RANK) <= set(NAMES)


@pytest.mark.parametrize("name", RANK)
def test_utilities_against_loops_over_steps(name: str) -> None:
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), steps=256, minibatch=64)
    outputs, copies = trainer.outputs(), load(name).copies
    batch = trainer.algorithm.collect(trainer.streams, trainer.tables, outputs)
    samples = trainer.algorithm.assign_credit(batch, trainer.tables, outputs)
    assert batch.bids.shape == (2, 256, 6 * copies)
    assert samples["target"].shape == (2, 6, copies * 256)
    for run in range(2):
        prices = [sorted(bids)[RANK[name]] for bids in batch.bids[run].tolist()]
        expected = torch.zeros(6, copies, 256)
        for t, winner in enumerate(batch.action[run].tolist()):
            assert batch.bids[run, t].argmax() == winner
            ahead = 0 if batch.episode_end[run, t] else prices[t + 1]
            gain = batch.reward[run, t].item() + DISCOUNT * ahead - prices[t]
            expected[winner // copies, winner % copies, t] = gain
        torch.testing.assert_close(samples["target"][run], expected.flatten(1), atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", RANK)
def test_audits_on_one_acyclic_episode(name: str) -> None:
    """Each entry's utility has its own reward and two prices: nothing is shared (talk:225-230)."""
    shape, algorithm = Shape((0, 1, 2, 3), (0, 1, 2, 0)), load(name)
    steps, entries = shape.steps, shape.mechanisms * algorithm.copies
    generator = torch.Generator().manual_seed(0)
    drawn = torch.rand(1, steps, entries, generator=generator, dtype=torch.float64)
    winner = algorithm.copies * torch.tensor([shape.actions])
    data = {
        "state": torch.tensor([shape.states]),
        "next_state": torch.tensor([[1, 2, 3, 4]]),
        "episode_end": torch.arange(steps)[None] == steps - 1,
        "action": winner,
    }

    def rule(
        bids: torch.Tensor, reward: torch.Tensor, value: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        batch, tables = trainer_batch(data | {"bids": bids, "reward": reward}, 5, shape.mechanisms)
        outputs = Outputs(torch.zeros(1, shape.mechanisms, 5, 2), value)
        target = algorithm.assign_credit(batch, tables, outputs)["target"]
        return {mechanism(k): target[0, k] for k in range(shape.mechanisms)}

    given = {
        "bids": (0.1 + 0.8 * drawn).scatter(-1, winner.unsqueeze(-1), 0.95),
        "reward": torch.rand(1, steps, generator=generator, dtype=torch.float64),
        "value": torch.rand(1, shape.mechanisms, 5, generator=generator, dtype=torch.float64),
    }
    assert audit(rule, given).answer == "modular"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("cvs", "modular"),
        ("vickrey_society", "modular"),
        ("cvs_normalised_together", "not modular"),  # they share a mean and a standard deviation
    ],
)
def test_audits_of_the_gradients_as_trained(name: str, answer: str) -> None:
    shape = Shape((0, 1, 2, 3), (0, 1, 2, 0))
    assert audit(trainer_rule(name), trainer_inputs(name, shape)).answer == answer


def test_normalised_together_differs_from_cvs_in_the_normalisation_alone() -> None:
    trainers = [
        make_trainer(name, PROBLEM, rough_weights("cvs", PROBLEM), steps=256, minibatch=64)
        for name in ("cvs", "cvs_normalised_together")
    ]
    own, together = (trainer.experience(trainer.outputs())[0] for trainer in trainers)
    for name in own.keys() - {"advantage"}:
        torch.testing.assert_close(own[name], together[name], rtol=0, atol=0)
    # Each mechanism's advantages are the same but for a shift and a scale.
    for run in range(2):
        for k in range(6):
            pair = torch.stack([own["advantage"][run, k], together["advantage"][run, k]])
            assert torch.corrcoef(pair)[0, 1] == pytest.approx(1, abs=1e-4)
    assert not torch.allclose(own["advantage"], together["advantage"], atol=0.1)
