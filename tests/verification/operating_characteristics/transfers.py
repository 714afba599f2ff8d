"""Worlds for the claims on times: one ratio, nine settings, training."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from claims.transfer import (
    _settings,
    finding_factorisation_share,
    headline,
    headline_direction,
    independent_gradients,
    training_efficiency,
)
from claims.transfer._arms import ALGORITHMS
from repro.verdicts import Truth
from tests.verification.operating_characteristics.design import (
    CUT,
    EPOCHS,
    HEAVY,
    MIDDLE,
    NARROW,
    TALK,
    TOGETHER,
    TWICE,
    WIDE,
    Cell,
    Spread,
    arm,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

    from repro.statistics import ConvergenceTimes
    from repro.verdicts import Verdict

    One = Callable[[ConvergenceTimes, ConvergenceTimes], Verdict]
    Nine = Callable[[Mapping[str, ConvergenceTimes], Mapping[str, ConvergenceTimes]], Verdict]

TRUE, EDGE, FALSE = Truth.TRUE, Truth.EDGE, Truth.FALSE
ALIKE = ("transfer.nine_settings_ppo", "transfer.nine_settings_ppof")
"""Both have the same code, with different streams of resamples; here PPO's is used."""


def near(ppo: ConvergenceTimes, cvs: ConvergenceTimes) -> Verdict:
    """Judge the headline."""
    return headline.judge(headline.measure(ppo, cvs))


def above(ppo: ConvergenceTimes, cvs: ConvergenceTimes) -> Verdict:
    """Judge the headline's direction."""
    return headline_direction.judge(headline_direction.measure(ppo, cvs))


def all_above(ppo: Mapping[str, ConvergenceTimes], cvs: Mapping[str, ConvergenceTimes]) -> Verdict:
    """Judge that one arm is slower in each of nine settings."""
    return _settings.judge(_settings.measure("ppo/cvs", ppo, cvs))


def pooled_above(
    ppof: Mapping[str, ConvergenceTimes], cvs: Mapping[str, ConvergenceTimes]
) -> Verdict:
    """Judge that one arm is slower by geometric mean."""
    return independent_gradients.judge(independent_gradients.measure(ppof, cvs))


def one_ratio(
    judge: One, ratio: float, spread: Spread, rng: np.random.Generator, runs: int
) -> Verdict:
    """Judge two arms whose mean times have this ratio."""
    (slow,) = arm(rng, runs, [ratio * EPOCHS], spread.other, cut=spread.cut)
    (fast,) = arm(rng, runs, [EPOCHS], spread.cvs, cut=spread.cut_cvs)
    return judge(slow, fast)


def settings(
    rng: np.random.Generator, runs: int, ratios: Sequence[float], log_sd: float, spread: Spread
) -> dict[str, ConvergenceTimes]:
    """Draw an arm in nine settings, with mean times that are these multiples of CVS's."""
    found: dict[str, ConvergenceTimes] = {}
    given = iter(ratios)
    for names in _settings.topologies().values():
        means = [EPOCHS * next(given) for _ in names]
        found |= dict(zip(names, arm(rng, runs, means, log_sd, spread.together), strict=True))
    return found


def nine_ratios(
    judge: Nine, ratios: Sequence[float], spread: Spread, rng: np.random.Generator, runs: int
) -> Verdict:
    """Judge two arms in nine settings with these ratios of mean times."""
    slow = settings(rng, runs, ratios, spread.other, spread)
    return judge(slow, settings(rng, runs, [1.0] * len(ratios), spread.cvs, spread))


def share(
    gap: float, closed: float, spread: Spread, rng: np.random.Generator, runs: int
) -> Verdict:
    """Judge the share of a gap that PPOF closes, equal in all settings."""
    ppo, ppof = (
        settings(rng, runs, [ratio] * _settings.SETTINGS, spread.other, spread)
        for ratio in (gap, gap ** (1 - closed))
    )
    cvs = settings(rng, runs, [1.0] * _settings.SETTINGS, spread.cvs, spread)
    found = finding_factorisation_share.share(ppo, ppof, cvs)
    return finding_factorisation_share.judge(found)


def training(
    ratios: Mapping[str, float], spread: Spread, rng: np.random.Generator, runs: int
) -> Verdict:
    """Judge training with these ratios of CVS's mean time to each other arm's, by topology."""
    trained = {}
    for topology in _settings.topologies():
        trained[topology] = {
            algorithm: arm(rng, runs, [EPOCHS], spread.other)[0] for algorithm in ALGORITHMS
        }
        ratio = ratios.get(topology, ratios[""])
        (trained[topology]["cvs"],) = arm(rng, runs, [ratio * EPOCHS], spread.cvs)
    return training_efficiency.judge(training_efficiency.measure(trained).values())


def cells() -> list[Cell]:
    """Return all cells of these claims."""
    return [*_single(), *_several(), *_shares(), *_training()]


def _single() -> list[Cell]:
    least, most = headline.TARGET / headline.FACTOR, headline.TARGET * headline.FACTOR
    reach = headline.INTERVAL_FACTOR
    worlds = {
        "transfer.headline": (
            near,
            [
                (TALK, ", the talk's", TRUE),
                (least, ", the smallest that counts as near", EDGE),
                (most, ", the largest that counts as near", EDGE),
                (TALK / reach, "", FALSE),
                (TALK * reach, "", FALSE),
                (1.0, ", no effect", FALSE),
                (1 / TALK, ", CVS the slower", FALSE),
            ],
        ),
        "transfer.headline_direction": (
            above,
            [
                (TALK, ", the talk's", TRUE),
                (TWICE, "", TRUE),
                (1.0, ", no effect", EDGE),
                (1 / TWICE, ", CVS the slower", FALSE),
                (1 / TALK, ", CVS the slower", FALSE),
            ],
        ),
    }
    return [
        Cell(
            (claim,),
            f"ratio {ratio:.3g}{words}",
            truth,
            spread.name,
            partial(one_ratio, judge, ratio, spread),
        )
        for claim, (judge, ratios) in worlds.items()
        for ratio, words, truth in ratios
        for spread in (NARROW, WIDE, HEAVY, CUT)
    ]


def _several() -> list[Cell]:
    nine = _settings.SETTINGS
    rest = [TALK] * (nine - 1)
    mixed = [TWICE, 1.0, 1 / TWICE] * (nine // 3)
    every: dict[tuple[str, ...], tuple[Nine, list[tuple[str, list[float], Truth]]]] = {
        ALIKE: (
            all_above,
            [
                (f"all nine ratios {TALK:.3g}", [TALK] * nine, TRUE),
                (f"all nine ratios {TWICE:.3g}", [TWICE] * nine, TRUE),
                (f"one ratio 1, the others {TALK:.3g}", [1.0, *rest], EDGE),
                ("all nine ratios 1, no effect", [1.0] * nine, EDGE),
                (f"one ratio 1/2, the others {TALK:.3g}", [1 / TWICE, *rest], FALSE),
                ("all nine ratios 1/2", [1 / TWICE] * nine, FALSE),
            ],
        ),
        ("transfer.independent_gradients",): (
            pooled_above,
            [
                (f"all nine ratios {TWICE:.3g}", [TWICE] * nine, TRUE),
                ("all nine ratios 1, no effect", [1.0] * nine, EDGE),
                ("three ratios each of 2, 1 and 1/2", mixed, EDGE),
                ("all nine ratios 1/2", [1 / TWICE] * nine, FALSE),
            ],
        ),
    }
    return [
        Cell(claims, words, truth, spread.name, partial(nine_ratios, judge, ratios, spread))
        for claims, (judge, worlds) in every.items()
        for words, ratios, truth in worlds
        for spread in (NARROW, WIDE, TOGETHER)
    ]


def _shares() -> list[Cell]:
    worlds = [
        (TALK, 0.5, f"half of a gap of {TALK:.3g}", TRUE),
        (TWICE, 0.5, f"half of a gap of {TWICE:.3g}", TRUE),
        (TALK, 0.0, f"nothing of a gap of {TALK:.3g}", EDGE),
        (TALK, 1.0, f"all of a gap of {TALK:.3g}", EDGE),
        (TALK, -0.5, f"a gap of {TALK:.3g} grows by half", FALSE),
        (TALK, 1.5, f"one and a half times a gap of {TALK:.3g}", FALSE),
        (1.0, 0.0, "there is no gap", Truth.UNDEFINED),
    ]
    return [
        Cell(
            ("finding.factorisation_share",),
            words,
            truth,
            spread.name,
            partial(share, gap, closed, spread),
        )
        for gap, closed, words, truth in worlds
        for spread in (NARROW, TOGETHER)
    ]


def _training() -> list[Cell]:
    edge, place = training_efficiency.HIGH, training_efficiency.SLOWED
    worlds = [
        ({"": 1.0}, "all train equally fast", TRUE),
        ({"": edge**0.5}, f"CVS {edge**0.5:.3g} times as slow everywhere", TRUE),
        ({"": 1.0, place: edge}, f"CVS {edge:.3g} times as slow on one problem", EDGE),
        ({"": edge}, f"CVS {edge:.3g} times as slow everywhere", EDGE),
        ({"": 1.0, place: 1 / 3}, "CVS 3 times as fast on one problem", FALSE),
        ({"": 1 / TALK}, f"CVS {TALK:.3g} times as fast everywhere", FALSE),
    ]
    return [
        Cell(
            ("transfer.training_efficiency",),
            words,
            truth,
            spread.name,
            partial(training, ratios, spread),
        )
        for ratios, words, truth in worlds
        for spread in (NARROW, MIDDLE, WIDE)
    ]
