"""Worlds for the claims on bids: synthetic trajectories, and bids after training."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from claims.bids import finding_value, recovery, switch
from claims.bids._shared import JUDGED
from repro.statistics.bid_times import DISTURBED
from repro.summaries.bids import path_states
from repro.verdicts import Truth
from tests.verification.operating_characteristics.design import (
    CUT_CVS,
    NARROW,
    TALK,
    TWICE,
    WIDE,
    Cell,
    Spread,
    arm,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from claims.bids._shared import Bids
    from repro.statistics import ConvergenceTimes
    from repro.verdicts import Verdict

TRUE, EDGE, FALSE = Truth.TRUE, Truth.EDGE, Truth.FALSE
EPOCHS = 100
"""Mean time of CVS: long enough for whole epochs, short enough for whole trajectories."""
WATCHED = 30
"""Epochs of a run after the last of its times."""
OLD, NEW, MOVE = 0.7, 0.4, 0.5
"""The first values of two bids, and how far one falls and the other rises: their order changes."""
STEADY, FALL = 0.7, 0.2
"""A correct bid, and how far it falls: four times the threshold of a disturbance."""
SCATTER = DISTURBED / 2
"""Sd over runs of the total change of a bid."""
PATH = [step for block in finding_value.needs((0,)) for step in path_states(block.problem)]
PLACE, PLACES = (0, 0, 1), ((0, 0), (1, 0))
"""Indices into these bids: a state and its two mechanisms; two states, each with its mechanism."""


def cells() -> list[Cell]:
    """Return all cells of these claims."""
    return [*_switch(), *_recovery(), *_values()]


def drawn(
    rng: np.random.Generator, runs: int, ratio: float, spread: Spread, states: int
) -> tuple[list[ConvergenceTimes], list[ConvergenceTimes]]:
    """Draw times of CVS and PPOF at `states` states; PPOF's mean is `ratio` times as long."""
    cvs = arm(rng, runs, [EPOCHS] * states, spread.cvs, spread.together, spread.cut_cvs)
    ppof = arm(rng, runs, [ratio * EPOCHS] * states, spread.other, spread.together, spread.cut)
    return cvs, ppof


def giving_way(rng: np.random.Generator, times: ConvergenceTimes, fall: float, rise: float) -> Bids:
    """Make bids [R, epochs, 1, 2]; the second overtakes the first at these times.

    Args:
        rng: source of the spread of their final values.
        times: when; censored if it does not happen.
        fall: mean fall of the first bid.
        rise: mean rise of the second bid.
    """
    ends = np.array([OLD - fall, NEW + rise]) + SCATTER * rng.standard_normal(
        (len(times.epochs), 2)
    )
    after = _after(times)
    bids = np.where(after[:, :, None], ends[:, None, :], np.array([OLD, NEW]))
    # The bids of a censored run have moved in its last epoch, but not for a whole window.
    cut, last = np.flatnonzero(times.censored), times.epochs[times.censored] - 1
    bids[cut, last] = ends[cut]
    return _watched(bids, [times])[:, :, None, :].astype(np.float32)


def coming_back(times: Sequence[ConvergenceTimes], disturbed: Sequence[NDArray[np.bool_]]) -> Bids:
    """Make bids [R, epochs, states, 1] that fall in the second epoch and recover at these times.

    Args:
        times: of each state.
        disturbed: for each state, bool [R]: the runs in which its bid falls.
    """
    longest = max(int(one.epochs.max()) for one in times) + WATCHED
    bids = np.full((len(disturbed[0]), longest, len(times)), STEADY)
    for state, (one, falls) in enumerate(zip(times, disturbed, strict=True)):
        away = ~_after(one, longest) & falls[:, None]
        away[:, 0] = False
        bids[:, :, state][away] = STEADY - FALL
    return _watched(bids, times)[:, :, :, None].astype(np.float32)


def _after(times: ConvergenceTimes, longest: int = 0) -> NDArray[np.bool_]:
    """Return the epochs, bool [R, epochs], from each time on; none for censored times."""
    epoch = np.arange(1, max(longest, int(times.epochs.max()) + WATCHED) + 1)
    return np.asarray((epoch >= times.epochs[:, None]) & ~times.censored[:, None])


def _watched(bids: NDArray[np.float64], times: Sequence[ConvergenceTimes]) -> NDArray[np.float64]:
    """Set bids after the end of a run to NaN: `WATCHED` epochs later, or at once if censored."""
    cut = np.any([one.censored for one in times], axis=0)
    last = np.max([one.epochs for one in times], axis=0) + np.where(cut, 0, WATCHED)
    bids[np.arange(1, bids.shape[1] + 1) > last[:, None]] = np.nan
    return bids


def switching(
    ratio: float, rise: float, spread: Spread, rng: np.random.Generator, runs: int
) -> Verdict:
    """Judge a switch; `rise` is the mean rise of PPOF's new bid."""
    (cvs,), (ppof,) = drawn(rng, runs, ratio, spread, 1)
    bids = giving_way(rng, cvs, MOVE, MOVE), giving_way(rng, ppof, MOVE, rise)
    return switch.SWITCH.verdict(JUDGED, *bids, PLACE)


def recovering(
    ratio: float,
    probabilities: Sequence[float],
    spread: Spread,
    rng: np.random.Generator,
    runs: int,
) -> Verdict:
    """Judge a recovery; bids are disturbed with these probabilities: CVS's two, then PPOF's."""
    arms = drawn(rng, runs, ratio, spread, len(PLACES))
    falls = [rng.random(runs) < probability for probability in probabilities]
    cvs, ppof = (
        coming_back(times, falls[first : first + len(PLACES)])
        for times, first in zip(arms, (0, len(PLACES)), strict=True)
    )
    return recovery.RECOVERY.verdict(JUDGED, cvs, ppof, PLACES)


def values(
    shifts: Mapping[int, float], sd: float, together: float, rng: np.random.Generator, runs: int
) -> Verdict:
    """Judge bids at given mean distances from their values.

    Args:
        shifts: mean distances by state; -1 is the default.
        sd: of a run's distance.
        together: correlation of a run's distances at the states of one problem.
        rng: source of the draws.
        runs: how many.
    """
    bids: list[NDArray[np.float64]] = []
    for _, steps in groupby(PATH, key=lambda step: step.problem):
        shared = rng.standard_normal(runs)
        for step in steps:
            own = rng.standard_normal(runs)
            normal = np.sqrt(together) * shared + np.sqrt(1 - together) * own
            shift = shifts.get(len(bids), shifts[-1])
            bids.append(step.value + shift + sd * normal)
    return finding_value.judge(finding_value.distances(bids, PATH))


def _switch() -> list[Cell]:
    worlds = [
        (TALK, MOVE, f"ratio {TALK:.3g}", TRUE),
        (TWICE, MOVE, f"ratio {TWICE:.3g}", TRUE),
        (1.0, MOVE, "ratio 1, no effect", EDGE),
        (TALK, 0.0, f"ratio {TALK:.3g}, PPOF's new bid stays as it was", EDGE),
        (1 / TWICE, MOVE, "ratio 1/2, PPOF first", FALSE),
        (TALK, -DISTURBED, f"ratio {TALK:.3g}, PPOF's new bid falls by {DISTURBED:g}", FALSE),
    ]
    return [
        Cell(("bids.switch",), words, truth, spread.name, partial(switching, ratio, rise, spread))
        for ratio, rise, words, truth in worlds
        for spread in (NARROW, WIDE, CUT_CVS)
    ]


def _recovery() -> list[Cell]:
    every, most = (1.0,) * 4, recovery.MOST
    between = (1 + most) / 2
    worlds = [
        (TALK, every, f"ratio {TALK:.3g}, all bids disturbed", TRUE),
        (TWICE, every, f"ratio {TWICE:.3g}, all bids disturbed", TRUE),
        (
            TALK,
            (between,) * 4,
            f"ratio {TALK:.3g}, each bid disturbed in {between * 100:g} %",
            TRUE,
        ),
        (1.0, every, "ratio 1, no effect, all bids disturbed", EDGE),
        (
            TALK,
            (*every[1:], most),
            f"ratio {TALK:.3g}, one bid disturbed in {most * 100:g} %",
            EDGE,
        ),
        (1 / TWICE, every, "ratio 1/2, PPOF first, all bids disturbed", FALSE),
        (
            TALK,
            (*every[1:], most / 2),
            f"ratio {TALK:.3g}, one bid disturbed in {most * 50:g} %",
            FALSE,
        ),
    ]
    return [
        Cell(
            ("bids.recovery",),
            words,
            truth,
            spread.name,
            partial(recovering, ratio, probabilities, spread),
        )
        for ratio, probabilities, words, truth in worlds
        for spread in (NARROW, WIDE, CUT_CVS)
    ]


def _values() -> list[Cell]:
    margin = finding_value.MARGIN
    worlds: list[tuple[dict[int, float], str, Truth]] = [
        ({-1: 0.0}, "all bids at their values", TRUE),
        ({-1: -margin / 2}, f"all {margin / 2:g} below", TRUE),
        ({-1: 0.0, 0: -margin}, f"one {margin:g} below, the others at their values", EDGE),
        ({-1: -margin}, f"all {margin:g} below", EDGE),
        ({-1: 0.0, 0: -2 * margin}, f"one {2 * margin:g} below, the others at their values", FALSE),
    ]
    spreads = [
        (margin / 5, 0.0, f"sd {margin / 5:g}"),
        (margin / 2, 0.0, f"sd {margin / 2:g}"),
        (margin / 2, 0.9, f"sd {margin / 2:g}, states together"),
        (margin, 0.0, f"sd {margin:g}"),
    ]
    return [
        Cell(("finding.bids_value",), words, truth, spread, partial(values, shifts, sd, together))
        for shifts, words, truth in worlds
        for sd, together, spread in spreads
    ]
