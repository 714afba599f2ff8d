"""The claim on the time after the first reward, on synthetic runs that find it early or late."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from claims.explanation._exploration import in_words
from claims.explanation.after_discovery import test_after_discovery as claim
from repro.statistics import winning_probabilities
from repro.verdicts import Verdict
from tests.claims.transfer.world import SEEDS, World, declared, judged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repro.protocol import Block
    from repro.records.record import Record

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE


@dataclass
class Late(World):
    """Runs without a reward for a share of their time, by algorithm."""

    share: Mapping[str, float] | None = None

    def record(self, block: Block) -> Record:
        """Make the record of a block, without rewards at first."""
        made = super().record(block)
        if block.parent is None:  # training, of which only the bids are read
            bids = np.full((len(block.seeds), 5, 6), 0.1, np.float32)
            bids[:, 2, 3] = np.linspace(0.001, 0.01, len(block.seeds))
            wide = {"concentration": np.full_like(bids, 4)} if block.algorithm == "cvs" else {}
            return replace(made, final_bids={"bid": bids, **wide})
        returns = made.returns.copy()
        for row, epoch in zip(returns, made.times.epochs, strict=True):
            row[: round((self.share or {}).get(block.algorithm, 0) * (epoch - 1))] = 0.01
        return replace(made, returns=returns)


TIMES = {"cvs": 200, "ppof": 2000, "ppo": 3000}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shares", "verdict", "value"),
    [
        ({}, YES, 10),
        ({"ppof": 0.5, "ppo": 0.5}, YES, 5),
        # All but as many epochs as CVS takes pass before the first reward.
        ({"ppof": 0.9, "ppo": 0.5}, OPEN, 1),
        ({"ppof": 0.99, "ppo": 0.99}, NO, 0.1),
    ],
)
def test_only_the_time_after_the_first_reward_counts(
    shares: dict[str, float], verdict: Verdict, value: float
) -> None:
    outcome = judged(claim, Late(TIMES, share=shares))
    assert outcome.result.verdict is verdict
    assert outcome.result.measured is not None
    assert outcome.result.measured.value == pytest.approx(value, rel=0.12)


def test_shares_and_controls() -> None:
    outcome = judged(claim, Late(TIMES, share={"ppof": 0.5, "ppo": 0.25}))
    shares = {
        d.label.split(", ")[-1]: d.value for d in outcome.result.details if "share" in d.label
    }
    assert shares == {
        "CVS": 0,
        "PPO": pytest.approx(0.25, abs=0.01),
        "PPOF": pytest.approx(0.5, abs=0.01),
    }
    assert outcome.control("swapped") == NO
    assert outcome.control("half") in {NO, OPEN}
    assert len(outcome.result.tables[0].rows) == 27


def test_it_belongs_to_the_study_and_fails_no_run() -> None:
    about = declared(claim)
    assert (about.kind, about.study, about.required, about.counts) == (
        "explanation",
        True,
        False,
        False,
    )
    assert len(about.blocks(SEEDS)) == 30


def test_how_often_the_new_action_is_tried_at_first() -> None:
    """The runs' probabilities of D lie evenly between 0.001 and 0.01."""
    rows = {row[0]: row[1:] for row in judged(claim, Late(TIMES)).result.tables[-2].rows}
    for name in ("PPO", "PPOF"):
        *words, right = rows[name]
        assert words == ["1 in 182", "1 in 1,000", "1 in 100"]
        assert right == pytest.approx(0.1)
    mean = np.array([0.1] * 3 + [0.001] + [0.1] * 2)
    expected = winning_probabilities(4 * mean, 4 * (1 - mean), 2)[3]
    assert rows["CVS"][1] == in_words(expected)
