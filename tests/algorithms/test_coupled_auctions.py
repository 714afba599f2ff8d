"""Variants of CVS that change one thing: what it is, by loops over steps, and what audits say of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from claims.theory._learner import Learner
from claims.theory._readings import Sums, dependent_pairs
from claims.theory._rules import DISCOUNT, trainer_inputs, trainer_rule
from claims.theory._shapes import Episodes, Shape
from claims.theory._whole_learner import whole_update
from repro import algorithms, tasks
from repro.algorithms.cloned_vickrey import ClonedVickrey
from repro.causal import audit
from repro.engine.joint_clipping import GradientNorm
from repro.errors import UserError
from repro.protocol import pretraining, transfer
from repro.training.start import check
from repro.training.trainer import init_weights
from tests.algorithms.reference import generators, make_trainer, rough_weights
from tests.support.recorded import arrays

if TYPE_CHECKING:
    from types import SimpleNamespace

    from numpy.typing import NDArray

    from repro.algorithms.base import Samples

PROBLEM = "common_descendant.training"
SMALL = {"steps": 256, "minibatch": 64}
NAMES = [n for n in algorithms.algorithm_names() if isinstance(algorithms.load(n), ClonedVickrey)]
UTILITIES = [("cvs_n_step", {"n": 3}), ("cvs_n_step", {"n": 2}), ("cvs_monte_carlo", {})]


def experienced(
    name: str, hyperparameters: dict[str, float]
) -> tuple[SimpleNamespace, Samples, torch.Tensor]:
    """Collect an epoch with networks that do not depend on the algorithm; return it, samples and values."""
    trainer = make_trainer(name, PROBLEM, rough_weights("cvs", PROBLEM), **SMALL, **hyperparameters)
    outputs = trainer.outputs()
    batch = trainer.algorithm.collect(trainer.streams, trainer.tables, outputs)
    samples = trainer.algorithm.assign_credit(batch, trainer.tables, outputs)
    return arrays(batch), samples, outputs.value


@pytest.mark.parametrize("name", NAMES)
def test_a_transfer_can_start_from_cvss_weights(name: str) -> None:
    seeds = (40,)
    block = transfer(
        name, "linear_chain.last", seeds, parent=pretraining("cvs", "linear_chain", seeds)
    )
    check(block)
    assert block.name == f"{name}/linear_chain.last/from=cvs"


@pytest.mark.parametrize(("name", "hyperparameters"), UTILITIES)
def test_utilities_by_loops_over_steps(name: str, hyperparameters: dict[str, float]) -> None:
    batch, samples, _ = experienced(name, hyperparameters)
    n = hyperparameters.get("n", 256)
    later = cut = 0
    for run in range(2):
        prices = [sorted(bids)[-2] for bids in batch.bids[run].tolist()]
        expected = torch.zeros(6, 2, 256)
        for t, winner in enumerate(batch.action[run].tolist()):
            gain, weight, u = -prices[t], 1.0, t
            while u < t + n:  # rewards, until the episode ends
                gain += weight * batch.reward[run, u].item()
                later += u > t and batch.reward[run, u] > 0
                weight, u = weight * DISCOUNT, u + 1
                if batch.episode_end[run, u - 1]:
                    cut += 1
                    break
            else:
                gain += weight * prices[u]
            expected[winner // 2, winner % 2, t] = gain
        torch.testing.assert_close(samples["target"][run], expected.flatten(1), atol=1e-5, rtol=0)
    assert later > 20
    assert cut > 20


@pytest.mark.parametrize(("name", "hyperparameters"), UTILITIES)
def test_what_else_is_learned_from_is_cvss(name: str, hyperparameters: dict[str, float]) -> None:
    _, found, value = experienced(name, hyperparameters)
    _, own, _ = experienced("cvs", {})
    for column in ("state", "log_bid", "log_one_minus_bid"):
        assert torch.equal(found[column], own[column])
    assert not torch.allclose(found["target"], own["target"], atol=0.01)
    plain = found["target"] - value.gather(-1, found["state"])
    centred = plain - plain.mean(-1, keepdim=True)
    expected = centred / plain.std(-1, keepdim=True)
    torch.testing.assert_close(found["advantage"], expected, atol=1e-4, rtol=1e-4)


def test_utilities_over_a_single_step_are_those_of_cvs() -> None:
    one, own = experienced("cvs_n_step", {"n": 1})[1], experienced("cvs", {})[1]
    assert one.keys() == own.keys()
    for column, x in one.items():
        torch.testing.assert_close(x, own[column], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("wrong", [0, -1, 1.5])
def test_an_invalid_number_of_steps_is_an_error(wrong: float) -> None:
    with pytest.raises(UserError, match=r"^cvs_n_step: n is .*; expected a whole number above 0"):
        algorithms.load("cvs_n_step", n=wrong)


def test_softmax_selection_by_loops_over_steps() -> None:
    """Winners pay the highest other bid, also where it is above their own."""
    batch, samples, _ = experienced("cvs_softmax_selection", {"temperature": 0.5})
    above = 0
    for run in range(2):
        prices = []
        for bids, winner in zip(batch.bids[run].tolist(), batch.action[run], strict=True):
            prices.append(max(bids[:winner] + bids[winner + 1 :]))
            above += prices[-1] > bids[winner]
        expected = torch.zeros(6, 2, 256)
        for t, winner in enumerate(batch.action[run].tolist()):
            ahead = 0 if batch.episode_end[run, t] else prices[t + 1]
            gain = batch.reward[run, t].item() + DISCOUNT * ahead - prices[t]
            expected[winner // 2, winner % 2, t] = gain
        torch.testing.assert_close(samples["target"][run], expected.flatten(1), atol=1e-6, rtol=0)
    assert above > 100


def test_softmax_selection_uses_the_networks_bids_and_its_temperature() -> None:
    hyperparameters: dict[str, float] = {"temperature": 0.3, "steps": 4096, "minibatch": 256}
    name = "cvs_softmax_selection"
    trainer = make_trainer(name, PROBLEM, rough_weights("cvs", PROBLEM), **hyperparameters)
    outputs = trainer.outputs()
    batch = arrays(trainer.algorithm.collect(trainer.streams, trainer.tables, outputs))
    bids = trainer.algorithm.bids(outputs.policy)
    for run, k in np.ndindex(2, 6):
        state = np.bincount(batch.state[run]).argmax()
        drawn = batch.bids[run][batch.state[run] == state][:, 2 * k : 2 * k + 2]
        mean = bids["bid"][run, state, k].item()
        deviation = math.sqrt(mean * (1 - mean) / (1 + bids["concentration"][run, state, k].item()))
        assert abs(drawn.mean() - mean) < 4.5 * deviation / math.sqrt(drawn.size)
    weight = np.exp(batch.bids.astype(float) / 0.3)
    p = np.take_along_axis(weight, batch.bids.argmax(-1)[..., None], -1)[..., 0] / weight.sum(-1)
    highest = batch.action == batch.bids.argmax(-1)
    assert abs((highest - p).sum() / math.sqrt((p * (1 - p)).sum())) < 4.5


@pytest.mark.parametrize("wrong", [0, -0.1, math.nan])
def test_an_invalid_temperature_is_an_error(wrong: float) -> None:
    with pytest.raises(
        UserError, match=r"^cvs_softmax_selection: temperature is .*; expected a number above 0"
    ):
        algorithms.load("cvs_softmax_selection", temperature=wrong)


@pytest.mark.parametrize("rough", [False, True])
def test_the_joint_norm_binds_in_every_update(
    monkeypatch: pytest.MonkeyPatch, *, rough: bool
) -> None:
    name, seen = "cvs_clipped_together", []
    plain = GradientNorm.norm

    def norm(self: GradientNorm, d_outputs: torch.Tensor) -> NDArray[np.float64]:
        seen.append(plain(self, d_outputs))
        return seen[-1]

    monkeypatch.setattr(GradientNorm, "norm", norm)
    tables = tasks.problem(PROBLEM).merged
    new = init_weights(algorithms.load(name), tables, generators(2))
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM) if rough else new)
    trainer.epoch(trainer.outputs())
    norms = np.stack(seen)
    assert norms.shape == (2 * 4096 // 256, 2)
    assert norms.min() > trainer.algorithm.max_grad_norm


def test_clipped_together_learns_from_what_cvs_does() -> None:
    together, own = (experienced(name, {})[1] for name in ("cvs_clipped_together", "cvs"))
    assert together.keys() == own.keys()
    for column, x in together.items():
        assert torch.equal(x, own[column])


def test_the_common_value_is_the_mean_of_all() -> None:
    """And each value function learns its own mechanism's utilities."""
    _, found, value = experienced("cvs_common_value", {})
    _, own, _ = experienced("cvs", {})
    assert value.std(1).max() > 0.01
    assert torch.equal(found["target"], own["target"])
    for run in range(2):
        mean = [sum(column) / 6 for column in zip(*value[run].tolist(), strict=True)]
        plain = found["target"][run] - torch.tensor(mean)[found["state"][run]]
        expected = (plain - plain.mean(-1, keepdim=True)) / plain.std(-1, keepdim=True)
        torch.testing.assert_close(found["advantage"][run], expected, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(found["advantage"], own["advantage"], atol=0.01)


EPISODE = Shape((0, 1, 2, 3), (0, 1, 2, 0))
TWO = Episodes((Shape((0, 1, 2), (0, 1, 2)), Shape((0, 1, 2), (1, 1, 0))))
"""In both, B acts after A, and no two mechanisms act directly after each other twice."""
ANSWERS = {
    "cvs_n_step": "implementation-dependent",  # windows overlap in several rewards
    "cvs_monte_carlo": "implementation-dependent",
    "cvs_clipped_together": "modular",  # before clipping
    "cvs_common_value": "implementation-dependent",  # a sum of all values
    "cvs_softmax_selection": "modular",  # given who won
    "cvs_advantages_to_all": "not modular",  # one mean and one deviation of one advantage
    "cvs_advantages_to_winner": "implementation-dependent",  # sums of later errors
}

JOINED = ("cvs_advantages_to_all", "cvs_advantages_to_winner", "cvs_common_value")
"""Those in which, as coded, every two mechanisms share something."""
EVERY_PAIR = frozenset({("A", "B"), ("A", "C"), ("B", "C")})


def test_every_variant_is_audited() -> None:
    assert set(ANSWERS) == set(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [EPISODE, TWO], ids=["an episode", "two episodes"])
@pytest.mark.parametrize("name", ["cvs", *ANSWERS])
def test_audits_of_the_gradients_as_trained(name: str, shape: Shape | Episodes) -> None:
    audited = audit(trainer_rule(name), trainer_inputs(name, shape))
    assert audited.answer == ({"cvs": "modular"} | ANSWERS)[name]
    assert not audited.limits
    if name in JOINED:
        assert dependent_pairs(audited, Sums.AS_CODED) == EVERY_PAIR


@pytest.mark.parametrize("shape", [EPISODE, TWO], ids=["an episode", "two episodes"])
def test_the_audit_of_softmax_selection_where_the_lowest_bid_wins(shape: Shape | Episodes) -> None:
    name = "cvs_softmax_selection"
    given = trainer_inputs(name, shape)
    winner = given["action"].unsqueeze(-1)
    audited = audit(trainer_rule(name), given | {"bids": given["bids"].scatter(-1, winner, 0.05)})
    assert audited.answer == "modular"


@pytest.mark.slow
@pytest.mark.parametrize("shape", [EPISODE, TWO], ids=["an episode", "two episodes"])
@pytest.mark.parametrize(
    ("name", "answer"), [("cvs", "modular"), ("cvs_clipped_together", "not modular")]
)
def test_audits_of_whole_updates(name: str, answer: str, shape: Shape | Episodes) -> None:
    """With networks, value functions, clipping and Adam."""
    audited = whole_update(Learner(name, shape)).verdict
    assert audited.answer == answer
    assert not audited.limits
    joined = frozenset() if name == "cvs" else EVERY_PAIR
    assert dependent_pairs(audited, Sums.AS_CODED) == joined
    assert ("norm" in {one.name for one in audited.witnesses}) == (name != "cvs")
