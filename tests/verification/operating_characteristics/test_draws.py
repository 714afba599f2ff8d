"""The study draws times with the stated mean, spread and censoring, and bids that move at these times."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from claims.bids import finding_value
from claims.bids._shared import JUDGED
from claims.bids.recovery import recovered
from claims.bids.switch import switched
from claims.transfer import _settings
from repro.statistics import ConvergenceTimes
from repro.statistics.bid_times import switch
from repro.verdicts import Verdict
from tests.verification.operating_characteristics import bids, transfers
from tests.verification.operating_characteristics.design import NARROW, SIZES, WIDE, arm

RUNS = 10
NEVER = np.zeros(RUNS, np.bool_)


def many(count: int, *how: float, means: tuple[float, ...] = (1000.0, 4000.0)) -> np.ndarray:
    """Draw the times of many arms, [settings, runs]."""
    rng = np.random.default_rng(8)
    arms = [arm(rng, RUNS, means, *how) for _ in range(count)]
    return np.concatenate([np.stack([one.epochs for one in each]) for each in arms], axis=1)


@pytest.mark.parametrize("log_sd", [0.3, 0.9])
def test_times_have_the_stated_means_and_spread(log_sd: float) -> None:
    epochs = many(300, log_sd)
    error = np.sqrt(np.expm1(log_sd**2) / epochs.shape[1])
    assert epochs.mean(axis=1) == pytest.approx([1000, 4000], rel=4 * error)
    assert np.log(epochs).std(axis=1) == pytest.approx([log_sd] * 2, rel=0.05)


@pytest.mark.parametrize("together", [0.0, 0.9])
def test_times_of_a_seed_are_correlated(together: float) -> None:
    found = np.corrcoef(np.log(many(300, 0.9, together)))[0, 1]
    assert found == pytest.approx(together, abs=0.08)


def test_the_slowest_tenth_is_censored_at_its_quantile() -> None:
    rng = np.random.default_rng(9)
    arms = [arm(rng, RUNS, [1000.0], 0.9, 0.0, 0.1)[0] for _ in range(200)]
    cap = stats.lognorm.ppf(0.9, 0.9, scale=1000 * np.exp(-(0.9**2) / 2))
    late = np.concatenate([one.censored for one in arms])
    epochs = np.concatenate([one.epochs for one in arms])
    assert late.mean() == pytest.approx(0.1, abs=0.027)
    assert set(epochs[late]) == {round(cap)}
    assert epochs[~late].max() <= round(cap)


def test_ratios_of_settings_are_the_stated_ones() -> None:
    rng = np.random.default_rng(10)
    ratios = [float(2 * n + 1) for n in range(9)]
    drawn = [transfers.settings(rng, RUNS, ratios, 0.3, NARROW) for _ in range(60)]
    names = list(drawn[0])
    assert names == list(_settings.settings())
    means = [np.mean([one[name].epochs.mean() for one in drawn]) for name in names]
    assert means == pytest.approx([1000 * ratio for ratio in ratios], rel=0.05)


def test_a_bid_overtakes_another_at_the_drawn_time() -> None:
    late = NEVER.copy()
    late[3] = True
    times = ConvergenceTimes(np.array([5, 60, 31, 40, 2, 3, 9, 12, 33, 100]), late)
    walks = bids.giving_way(np.random.default_rng(3), times, 0.5, 0.5)
    found = switch(walks[:, :, 0, 0], walks[:, :, 0, 1])
    assert (found.epochs == times.epochs).all()
    assert (found.censored == late).all()
    ended = np.isnan(walks[:, :, 0, 0]).argmax(axis=1)
    assert list(ended[:4]) == [35, 90, 61, 40]
    what = switched(walks, bids.PLACE)
    assert what.fall.low < 0.5 < what.fall.high
    assert what.rise.low < 0.5 < what.rise.high
    assert what.fall.high - what.fall.low < 0.05


def test_bids_fall_and_recover_at_the_drawn_times() -> None:
    late = NEVER.copy()
    late[0] = True
    first = ConvergenceTimes(np.array([50, 60, 31, 40, 3, 4, 9, 12, 33, 100]), late)
    second = ConvergenceTimes(np.arange(10, 20), NEVER)
    falls = [np.arange(RUNS) != 1, np.arange(RUNS) > 1]
    found = recovered(bids.coming_back([first, second], falls), bids.PLACES)
    for one, times, fell in zip(found.bids, (first, second), falls, strict=True):
        assert (one.disturbed == fell).all()
        assert (one.times.epochs[fell] == times.epochs[fell]).all()
        assert (one.times.censored[fell] == times.censored[fell]).all()
    assert list(found.has_time) == [True, False, *[True] * 8]
    assert found.times.epochs[0] == 2 * 50
    assert list(found.times.epochs[1:]) == [*(first.epochs + second.epochs)[2:]]


def test_bids_have_the_stated_distance_from_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[np.ndarray] = []

    def judge(found: list[np.ndarray]) -> Verdict:
        taken.append(np.stack(found))
        return Verdict.INCONCLUSIVE

    monkeypatch.setattr(finding_value, "judge", judge)
    rng = np.random.default_rng(4)
    for _ in range(100):
        bids.values({-1: 0.01, 2: -0.05}, 0.02, 0.9, rng, RUNS)
    off = np.concatenate(taken, axis=1)
    assert off.shape == (11, 1000)
    assert off.mean(axis=1) == pytest.approx(
        [-0.05 if n == 2 else 0.01 for n in range(11)], abs=3e-3
    )
    assert off.std(axis=1) == pytest.approx([0.02] * 11, rel=0.1)
    problems = [step.problem for step in bids.PATH]
    for (i, one), (j, other) in itertools.combinations(enumerate(problems), 2):
        expected = 0.9 if one == other else 0.0
        assert np.corrcoef(off[i], off[j])[0, 1] == pytest.approx(expected, abs=0.13)


@pytest.mark.slow
@pytest.mark.parametrize("runs", SIZES)
def test_worlds_are_judged_by_the_claims_own_code(runs: int) -> None:
    """Far from every margin the verdict is certain; each case calls a claim's judge."""
    rng = np.random.default_rng(5)
    assert transfers.one_ratio(transfers.near, 1000.0, NARROW, rng, runs) == Verdict.NOT_REPRODUCED
    assert transfers.one_ratio(transfers.above, 50.0, WIDE, rng, runs) == Verdict.REPRODUCED
    high, low = [50.0] * 9, [50.0] * 8 + [0.02]
    assert transfers.nine_ratios(transfers.all_above, high, NARROW, rng, runs) == Verdict.REPRODUCED
    assert (
        transfers.nine_ratios(transfers.all_above, low, NARROW, rng, runs) == Verdict.NOT_REPRODUCED
    )
    assert (
        transfers.nine_ratios(transfers.pooled_above, low, NARROW, rng, runs) == Verdict.REPRODUCED
    )
    assert transfers.share(50.0, 0.5, NARROW, rng, runs) == Verdict.REPRODUCED
    assert transfers.share(50.0, 2.0, NARROW, rng, runs) == Verdict.NOT_REPRODUCED
    assert transfers.training({"": 1e-3}, NARROW, rng, runs) == Verdict.NOT_REPRODUCED
    assert bids.switching(20.0, 0.5, NARROW, rng, runs) == Verdict.REPRODUCED
    assert bids.recovering(20.0, (1.0,) * 4, NARROW, rng, runs) == Verdict.REPRODUCED
    assert bids.recovering(20.0, (1.0, 0.0, 1.0, 1.0), NARROW, rng, runs) == Verdict.NOT_REPRODUCED
    assert bids.values({-1: 0.3}, 0.01, 0.0, rng, runs) == Verdict.NOT_REPRODUCED
    assert JUDGED == "ppof/cvs"
