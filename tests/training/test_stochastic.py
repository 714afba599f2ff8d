"""Training on a stochastic task: it converges, its times are found, and a block can be resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro import tasks
from repro.protocol.blocks import Block
from repro.training import loop
from repro.training.run import run
from tests.support.stochastic import bandit, chain, install

if TYPE_CHECKING:
    from pathlib import Path

    from repro.training.loop import Trained

pytestmark = pytest.mark.slow

# Small and fast; with little entropy, because 1.25 % of the best return is all that a policy may lose.
FAST = {"steps": 512, "minibatch": 64}
SETTINGS = {
    "ppof": ({"policy_lr": 2e-3, "entropy_bonus": 0.01}, 150),
    "cvs": ({"policy_lr": 2e-3}, 100),
    "q_learning": ({}, 400),
}


def trained(
    algorithm: str, problem: str, *, epochs: int = 0
) -> tuple[Trained, np.ndarray, np.ndarray]:
    settings, epochs = SETTINGS[algorithm]
    hyperparameters = tuple(sorted((FAST | settings).items()))
    block = Block(
        algorithm,
        problem,
        (0, 1),
        epochs,
        extra_epochs=0,
        bids=True,
        hyperparameters=hyperparameters,
    )
    found, times = run(block, None)
    return found, times.epochs, times.censored


@pytest.mark.parametrize("algorithm", SETTINGS)
def test_a_stochastic_task_is_learned(algorithm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three decisions of four actions, each of which fails with probability 0.1.

    For the value learner, a wrong action ends the episode: otherwise it is worth only 1 % less than the
    right one, and predictions that chance makes uncertain by more change the best action every few epochs.
    """
    ends = algorithm == "q_learning"
    task = chain("Small", "ABC", actions="ABCD", horizon=10, wrong_ends=ends)
    install(monkeypatch, "small", task)
    best = tasks.problem("small.training").best_return
    found, epochs, censored = trained(algorithm, "small.training")
    assert not censored.any()
    for returns, first in zip(found.returns, epochs, strict=True):
        # The run ends with its window, as the loop counts it, in which it stays near the best return.
        last = np.flatnonzero(np.isfinite(returns))[-1]
        assert last == first + 28
        assert (np.abs(returns[first - 1 : last + 1] - best) <= 0.0125 * best + 1e-5).all()
        assert abs(returns[first - 2] - best) > 0.0125 * best
    # Bids are recorded in the three decisions, and the right action has the highest at last.
    decisions = [task.state_names.index(f"({i}, -1)") for i in range(3)]
    (end,) = np.flatnonzero(task.terminal)
    assert (found.final_bids["bid"][:, decisions].argmax(-1) == [0, 1, 2]).all()
    assert np.isfinite(found.bids["bid"][:, 0, decisions]).all()
    assert np.isnan(found.bids["bid"][:, 0, end]).all()


def test_a_bandit_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "arms", bandit())
    found, _, censored = trained("cvs", "arms.training")
    assert not censored.any()
    assert (found.final_bids["bid"][:, 0].argmax(-1) == 1).all()


def test_a_block_on_a_stochastic_task_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The random numbers of transitions are part of the state of a run."""
    install(monkeypatch, "small", chain("Small", "ABC", actions="ABCD", horizon=10))
    block = Block("ppof", "small.training", (0, 1), 6, hyperparameters=tuple(sorted(FAST.items())))
    whole, _ = run(block, None)

    class Interrupted(BaseException):
        pass

    def stop(epoch: int, _runs: int) -> None:
        if epoch == 4:
            raise Interrupted

    monkeypatch.setattr(loop, "SAVE_SECONDS", -1)
    with pytest.raises(Interrupted):
        run(block, None, stop, checkpoint=tmp_path / "checkpoint")
    again, _ = run(block, None, checkpoint=tmp_path / "checkpoint")
    assert again.returns.tobytes() == whole.returns.tobytes()
    for name, weights in whole.weights.items():
        assert weights.tobytes() == again.weights[name].tobytes()
