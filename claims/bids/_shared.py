"""What the claims on bids share: whose bids are compared, where, and how parts make a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from claims.transfer._arms import ratio
from repro import tasks
from repro.experiment import BIDS_PROBLEM, Block, transfer
from repro.judge import direction
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from repro.statistics import Times
    from repro.verdicts import Estimate

    Bids = NDArray[np.float32]

ALGORITHMS = ("cvs", "ppof", "ppo")
"""The two that are judged, and PPO for comparison."""
LETTERS = tasks.problem(BIDS_PROBLEM).tasks[0].action_names
ANYTHING_ELSE = (Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE)
"""What a control may come out as: where few seeds leave a claim open, they leave its mirror so too."""

DIFFERENCES = (
    "The talk shows the bids of one problem as curves and gives no rule for when bids have switched "
    "or recovered; the rules are ours, fixed before any run. A bid is the mean of its Beta "
    "distribution in CVS and the probability of its action in PPOF and PPO, where those of one state "
    "add up to 1: when one rises others must fall, so the logits stand beside them. A run is observed "
    "for 300 epochs after it has converged; what has not happened by then is censored."
)


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """The transfers whose bids are recorded."""
    return [transfer(algorithm, BIDS_PROBLEM, seeds) for algorithm in ALGORITHMS]


def ratio_if_any(what: str, numerator: Times, denominator: Times) -> Estimate | None:
    """Ratio of mean times, or None where an arm has no run with a time."""
    if not numerator.epochs.size or not denominator.epochs.size:
        return None
    return ratio(what, numerator, denominator)


def later(measured: Estimate | None) -> Verdict:
    """Judge whether a ratio of times exceeds 1; without one nothing is decided."""
    return Verdict.INCONCLUSIVE if measured is None else direction(measured)


def all_of(parts: Iterable[Verdict]) -> Verdict:
    """Judge a statement with several parts: reproduced if all are, not as soon as one is not."""
    found = set(parts)
    for verdict in (Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE):
        if verdict in found:
            return verdict
    return Verdict.REPRODUCED


def halves(bids: Bids) -> tuple[Bids, Bids]:
    """Split one arm's bids [R, epochs, S, K] in two by the order of its seeds."""
    middle = len(bids) // 2
    return bids[:middle], bids[middle:]


def state_name(place: int) -> str:
    """Name a state of the optimal path as the talk does, from 0 on."""
    return f"state {place}"
