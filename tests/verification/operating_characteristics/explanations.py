"""Worlds for the claims of the explanation study that compare times: all ratios above 1.25, or none changes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from claims.explanation import (
    _cells,
    _society,
    coupled,
    credit_on_bids,
    matched_updates,
    modularity_alone,
    pretraining_length,
    seen_states,
)
from claims.explanation._shared import SMALLEST, compared, judge
from claims.transfer import _settings
from repro.verdicts import Truth
from tests.verification.operating_characteristics.design import (
    CUT,
    EPOCHS,
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
    from repro.verdicts import Comparison, Verdict

    Times = Mapping[str, ConvergenceTimes]
    Draw = Callable[[Sequence[float], Spread, np.random.Generator, int], Verdict]
    Names = Sequence[Sequence[str]]
    """Settings, by the training from which their transfers start."""

TRUE, EDGE, FALSE = Truth.TRUE, Truth.EDGE, Truth.FALSE


def by_training(names: Sequence[str]) -> Names:
    """Group settings as the claims do."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(_society.topology(name), []).append(name)
    return [*found.values()]


def drawn(
    names: Names, ratio: float, log_sd: float, spread: Spread, rng: np.random.Generator, runs: int
) -> dict[str, ConvergenceTimes]:
    """Draw an arm whose mean time is this multiple of CVS's in every setting."""
    found: dict[str, ConvergenceTimes] = {}
    for group in names:
        means = [ratio * EPOCHS] * len(group)
        found |= dict(zip(group, arm(rng, runs, means, log_sd, spread.together), strict=True))
    return found


def over_one_arm(
    ratios: Sequence[float], spread: Spread, rng: np.random.Generator, runs: int
) -> Verdict:
    """Judge arms over CVS on one setting: two in `after_discovery`, `disturbs_less` and `bandit`, seven at equal exploration."""
    return judge(over_cvs(ratios, spread, rng, runs))


def over_cvs(
    ratios: Sequence[float], spread: Spread, rng: np.random.Generator, runs: int
) -> list[Comparison]:
    """Compare arms with CVS on one setting."""
    (cvs,) = arm(rng, runs, [EPOCHS], spread.cvs)
    slow = [arm(rng, runs, [one * EPOCHS], spread.other, cut=spread.cut)[0] for one in ratios]
    return [compared("after discovery ppof/cvs", one, cvs) for one in slow]


def two_conditions(
    ratios: Sequence[float], spread: Spread, rng: np.random.Generator, runs: int
) -> Verdict:
    """Judge two arms over CVS under each of two conditions, which have runs of their own."""
    return judge(one for of in (ratios[:2], ratios[2:]) for one in over_cvs(of, spread, rng, runs))


def one_cell(
    ratios: Sequence[float], spread: Spread, rng: np.random.Generator, runs: int
) -> Verdict:
    """Judge softmax bids over Gumbel bids in the four settings of the judged cell."""
    (ratio,) = ratios
    names = [_cells.settings(_cells.MAIN)]
    slow, fast = (
        drawn(names, r, log_sd, spread, rng, runs).values()
        for r, log_sd in ((ratio, spread.other), (1.0, spread.cvs))
    )
    return modularity_alone.judge_cells([modularity_alone.over(slow, fast)])


def equal_steps(
    ratios: Sequence[float], spread: Spread, rng: np.random.Generator, runs: int
) -> Verdict:
    """Judge two arms over CVS in nine settings, with 32 and with 16 steps."""
    names = [*_settings.topologies().values()]
    found = []
    for first in (0, 2):
        cvs = drawn(names, 1.0, spread.cvs, spread, rng, runs)
        slow = (drawn(names, r, spread.other, spread, rng, runs) for r in ratios[first : first + 2])
        found += [matched_updates.measure("ppof/cvs", one, cvs) for one in slow]
    return judge(found)


def in_place(
    ratios: Sequence[float], spread: Spread, rng: np.random.Generator, runs: int
) -> Verdict:
    """Judge two arms over CVS in each of nine settings; a ratio is that of one arm in all of them."""
    names = by_training(seen_states.settings())
    cvs = drawn(names, 1.0, spread.cvs, spread, rng, runs)
    found: list[Comparison] = []
    for slow, ratio in zip(seen_states.SLOW, ratios, strict=True):
        one = drawn(names, ratio, spread.other, spread, rng, runs)
        found += seen_states.measure(slow, one, cvs).values()
    return judge(found)


def coupled_ways(
    ratios: Sequence[float], spread: Spread, rng: np.random.Generator, runs: int
) -> Verdict:
    """Judge six ways of coupling, each over the society without it, in seven settings."""
    names = by_training(coupled.SETTINGS)
    plain = {
        one: drawn(names, 1.0, spread.cvs, spread, rng, runs)
        for one in dict.fromkeys(pair.plain for pair in coupled.COUPLINGS.values())
    }
    return judge(
        coupled.measure(
            name, drawn(names, ratio, spread.other, spread, rng, runs), plain[pair.plain]
        )
        for ratio, (name, pair) in zip(ratios, coupled.COUPLINGS.items(), strict=True)
    )


def other_credit(
    ratios: Sequence[float], spread: Spread, rng: np.random.Generator, runs: int
) -> Verdict:
    """Judge two kinds of credit over CVS's in three groups of settings."""
    groups = {group: by_training(names) for group, names in credit_on_bids.problems().items()}
    cvs = {
        group: drawn(names, 1.0, spread.cvs, spread, rng, runs) for group, names in groups.items()
    }
    given = iter(ratios)
    return judge(
        credit_on_bids.measure(
            one, group, drawn(names, next(given), spread.other, spread, rng, runs), cvs[group]
        )
        for one in credit_on_bids.CREDITED
        for group, names in groups.items()
    )


def lengths(
    changes: Sequence[float], spread: Spread, rng: np.random.Generator, runs: int
) -> Verdict:
    """Judge how the ratio of PPO's time to CVS's from earlier epochs differs from that from the last."""

    def transfers(ratio: float) -> Times:
        (slow,) = arm(rng, runs, [ratio * EPOCHS], spread.other)
        (fast,) = arm(rng, runs, [EPOCHS], spread.cvs)
        return {"ppo": slow, "cvs": fast}

    last = transfers(TALK)
    return pretraining_length.judge(
        [pretraining_length.change(transfers(TALK * one), last) for one in changes]
    )


def cells() -> list[Cell]:
    """Return all cells of these claims."""
    return [*_above(), *_unchanged()]


def _above() -> list[Cell]:
    designs: list[tuple[tuple[str, ...], int, Draw, tuple[Spread, ...]]] = [
        (
            ("explanation.after_discovery", "explanation.disturbs_less", "extension.bandit"),
            2,
            over_one_arm,
            (NARROW, WIDE, CUT),
        ),
        (("explanation.equal_exploration",), 7, over_one_arm, (NARROW, WIDE, CUT)),
        (
            ("extension.forgetting", "extension.longer_chains"),
            4,
            two_conditions,
            (NARROW, WIDE, CUT),
        ),
        (("explanation.modularity_alone",), 1, one_cell, (NARROW, WIDE, TOGETHER)),
        (("explanation.matched_updates",), 4, equal_steps, (NARROW, WIDE, TOGETHER)),
        (("explanation.seen_states",), 2, in_place, (NARROW, WIDE, TOGETHER)),
        (("explanation.coupled",), 6, coupled_ways, (WIDE,)),
        (("explanation.credit_on_bids",), 6, other_credit, (WIDE,)),
    ]
    return [
        Cell(claims, words, truth, spread.name, partial(draw, ratios, spread))
        for claims, number, draw, spreads in designs
        for words, ratios, truth in _worlds(number)
        for spread in spreads
    ]


def _worlds(number: int) -> list[tuple[str, list[float], Truth]]:
    """List worlds by the ratios of a claim's arms, each with whether the claim is true."""
    rest = number - 1
    found = [
        (f"all ratios {TALK:.3g}", [TALK] * number, TRUE),
        (f"all ratios {TWICE:.3g}", [TWICE] * number, TRUE),
        (f"one ratio {SMALLEST:.3g}, the others {TWICE:.3g}", [SMALLEST, *[TWICE] * rest], EDGE),
        (f"all ratios {SMALLEST:.3g}", [SMALLEST] * number, EDGE),
        (f"one ratio 1, the others {TWICE:.3g}", [1.0, *[TWICE] * rest], FALSE),
        ("all ratios 1, no effect", [1.0] * number, FALSE),
        ("all ratios 1/2", [1 / TWICE] * number, FALSE),
    ]
    return found if rest else [world for world in found if world[0].startswith("all")]


def _unchanged() -> list[Cell]:
    edge = pretraining_length.FACTOR
    worlds = [
        ("the same ratio at every length", [1.0, 1.0, 1.0], TRUE),
        (f"the ratio {edge**0.5:.3g} times as large at each", [edge**0.5] * 3, TRUE),
        (f"the ratio {edge:.3g} times as large at one", [edge, 1.0, 1.0], EDGE),
        (f"the ratio {edge:.3g} times as large at each", [edge] * 3, EDGE),
        (f"the ratio {2 * edge:.3g} times as large at one", [2 * edge, 1.0, 1.0], FALSE),
        (
            f"the ratio {1 / (2 * edge):.3g} times as large at one",
            [1 / (2 * edge), 1.0, 1.0],
            FALSE,
        ),
    ]
    return [
        Cell(
            ("explanation.pretraining_length",),
            words,
            truth,
            spread.name,
            partial(lengths, changes, spread),
        )
        for words, changes, truth in worlds
        for spread in (NARROW, WIDE)
    ]
