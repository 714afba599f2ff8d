"""Explanation, after talk:61 and 299: does CVS transfer more slowly once its mechanisms are coupled?

The transfer starts from CVS's own weights. From its first epoch on, mechanisms are coupled in one way: the
networks, the auction and everything else stay. If independent gradients make transfer faster, coupling them
has to make it slower.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import pytest

from claims.explanation._shared import (
    EXPLAINS,
    SMALLEST,
    by_arm,
    compared,
    conclude,
    control,
    draw,
    pooled,
    show_audits,
)
from claims.explanation._society import FROM_CVS, epochs, from_cvs, grouped, split
from claims.transfer._arms import ANYTHING_ELSE, DIFFERENCES, SWAPPED
from claims.transfer._settings import format_estimate, label
from repro import algorithms
from repro.algorithms.cvs_clipped_together import CVSClippedTogether
from repro.verdicts import Margin

if TYPE_CHECKING:
    from claims.explanation._society import Times
    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder
    from repro.protocol import Block
    from repro.verdicts import Comparison

SETTINGS = (
    "linear_chain.last",
    "linear_chain.middle",
    "linear_chain.first",
    "common_ancestor.ancestor",
    "chain_in_place.last",
    "chain_in_place.middle",
    "chain_in_place.first",
)
MECHANISMS = 6
SPLIT = "the first half of each coupling's seeds over the second"


class Arm(NamedTuple):
    """A society: its algorithm, and the hyperparameters of its transfer that are not the protocol's."""

    algorithm: str
    hyperparameters: tuple[tuple[str, float], ...] = ()

    def block(self, problem: str, seeds: tuple[int, ...]) -> Block:
        """Return its transfer from CVS's weights."""
        return from_cvs(self.algorithm, problem, seeds, dict(self.hyperparameters))

    @property
    def words(self) -> str:
        """Name for tables."""
        shown = (f"{name.replace('_', ' ')} {value:.3g}" for name, value in self.hyperparameters)
        return ", ".join([algorithms.display_name(self.algorithm), *shown])


class Coupling(NamedTuple):
    """A coupled society and the same one without the coupling."""

    coupled: Arm
    plain: Arm


CVS = Arm("cvs")
CLIPPED = Arm("cvs", (("max_grad_norm", CVSClippedTogether.max_grad_norm / math.sqrt(MECHANISMS)),))
"""Each mechanism's own norm is so low that all gradients together are as long as if clipped by one norm."""
NO_PENALTY = (("value_penalty", 0.0),)
"""With the protocol's penalty, value functions are nearly constant, so that there is little to share."""
COUPLINGS = {
    "one mean and deviation of all advantages": Coupling(Arm("cvs_normalised_together"), CVS),
    "one norm of all gradients": Coupling(Arm("cvs_clipped_together"), CLIPPED),
    "a common value function": Coupling(Arm("cvs_common_value"), CVS),
    "a common value function, no penalty on it": Coupling(
        Arm("cvs_common_value", NO_PENALTY), Arm("cvs", NO_PENALTY)
    ),
    "3-step utilities": Coupling(Arm("cvs_n_step"), CVS),
    "Monte Carlo utilities": Coupling(Arm("cvs_monte_carlo"), CVS),
}
SELECTION = Coupling(Arm("cvs_softmax_selection"), CVS)
"""Shown, but not judged: a softmax over the bids draws the winner. This couples who acts, but no gradients."""


def arms() -> tuple[Arm, ...]:
    """List all arms, each once."""
    return tuple(dict.fromkeys(arm for pair in (*COUPLINGS.values(), SELECTION) for arm in pair))


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """List the blocks: every arm in every setting."""
    return [arm.block(problem, seeds) for arm in arms() for problem in SETTINGS]


def measure(name: str, slow: Times, fast: Times) -> Comparison:
    """Compare geometric means over the settings."""
    return pooled(f"coupled {name}", grouped(slow), grouped(fast))


@pytest.mark.claim(
    id="explanation.coupled",
    title="CVS transfers more slowly once its mechanisms are coupled",
    statement="If CVS's mechanisms are coupled in one of six ways from the start of transfer on, CVS takes more steps "
    "to converge, by geometric mean over seven settings; and it does so for each of the six ways.",
    source=["talk:61", "talk:299"],
    kind="explanation",
    required=False,
    study=True,
    expected="geometric mean over seven settings of mean epochs, coupled over not coupled: all six 95 % intervals above "
    "1.25 (measured: the one with the lowest lower end); the details judge each way alone, by the same rule",
    margin=Margin(low=SMALLEST),
    controls={SWAPPED: "not reproduced", SPLIT: ANYTHING_ELSE},
    needs=needs,
    differences=f"{DIFFERENCES} {EXPLAINS} {FROM_CVS} One norm of all gradients is compared with CVS whose mechanisms' own "
    "norms are clipped as hard. The common value function is the mean of the six; with CVS's penalty all six are "
    "nearly constant, so it is tried without the penalty, too, against CVS without it. A softmax over bids as "
    "selection is shown outside of the verdict: it couples who acts, and no gradients. An audit of gradients, in the "
    "table, is made before they are clipped, so it calls CVS clipped together what it calls CVS; the audit of a "
    "whole update calls it not modular.",
    recorded="not reproduced",
    reason="In the recorded run (seeds 10 to 39) three of the six ways slow transfer by more than 1.25: one norm of all "
    "gradients, 1.36 [1.31, 1.41]; 3-step utilities, 2.73 [2.63, 2.83]; Monte Carlo utilities, 2.51 [2.41, 2.61]. A common "
    "value function makes no difference, 1.00 with the penalty and without it. One mean and deviation of all advantages "
    "makes transfer faster, 0.858 [0.826, 0.889], in each of the seven settings and each group of ten seeds. Utilities "
    "over several steps cost most where an early decision changes, up to a factor 12, because whoever acts later earns on "
    "what was changed earlier; on the chain's last decision 3-step utilities are faster than CVS's, 0.894. So what slows "
    "CVS is credit over several steps and one norm of all gradients; a common value function and common advantages, which "
    "also join its mechanisms, do not slow it. A softmax over bids as "
    "selection, which joins no gradients, slows it by 1.28.",
)
def test_coupled(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    found: dict[Arm, Times] = {
        arm: {problem: runs(arm.block(problem, seeds)).times for problem in SETTINGS}
        for arm in arms()
    }
    comparisons = {
        name: measure(name, found[pair.coupled], found[pair.plain])
        for name, pair in COUPLINGS.items()
    }
    judged = {arm: found[arm] for pair in COUPLINGS.values() for arm in pair}
    labelled = {f"{name}, over not coupled": one for name, one in comparisons.items()}
    conclude(record, labelled, epochs(judged.values()), len(seeds))
    selection = measure("softmax selection", found[SELECTION.coupled], found[SELECTION.plain])
    record.detail("a softmax over bids as selection, over CVS", selection.estimate)
    record.table(
        "Ratio of mean epochs, coupled over not coupled",
        ("setting", *COUPLINGS, "softmax selection"),
        [
            (
                label(problem),
                *(
                    format_estimate(
                        compared(
                            f"coupled {pair.coupled.words}",
                            found[pair.coupled][problem],
                            found[pair.plain][problem],
                        ).estimate
                    )
                    for pair in (*COUPLINGS.values(), SELECTION)
                ),
            )
            for problem in SETTINGS
        ],
    )
    named = {
        f"{arm.words}, {label(problem)}": times
        for arm, by_problem in found.items()
        for problem, times in by_problem.items()
    }
    record.table("Epochs to convergence", ("arm", "mean epochs", "censored runs"), by_arm(named))
    show_audits(record, dict.fromkeys(arm.algorithm for arm in arms()))
    pairs = COUPLINGS.items()
    control(record, SWAPPED, (measure(n, found[p.plain], found[p.coupled]) for n, p in pairs))
    control(record, SPLIT, (measure(n, *split(found[p.coupled])) for n, p in pairs))
    draw(
        record,
        "ratio.coupled",
        {f"{name} (judged)": one.estimate for name, one in comparisons.items()}
        | {"a softmax over bids as selection": selection.estimate},
        title="CVS coupled over CVS not coupled, seven settings",
        quantity="geometric mean of ratios of mean steps",
        judged=len(comparisons),
    )
