"""What came out, in ten sentences that can be quoted: from the claims' verdicts and figures alone.

A sentence is made of clauses. Each clause is about one claim and reads the same whatever its verdict is, which it
names. No result is typed here. The input is the list of claims in claims.json, so that a report and the documents
made from it say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from repro.report.ladder import details_of, written_figure
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Claim = Mapping[str, Any]


@dataclass(frozen=True)
class Clause:
    """A part of a sentence, about one claim.

    Attributes:
        claim: its id.
        text: with `{verdict}`, `{measured}` for the figure that was judged, and `{0}`, `{1}` for further ones.
        figures: labels of the further figures, among the claim's details.
        brief: another text for the first screen of the report, shorter or without terms; "" for none.
    """

    claim: str
    text: str
    figures: tuple[str, ...] = ()
    brief: str = ""


@dataclass(frozen=True)
class Sentence:
    """What came out on one question.

    Attributes:
        about: the question, such as "Direction".
        text: the sentence, after what it is about.
        claims: ids of the claims that it is about.
    """

    about: str
    text: str
    claims: tuple[str, ...]

    def __str__(self) -> str:
        """Format as "Direction: that PPO ..."."""
        return f"{self.about}: {self.text}"


CELL = "single-step credit, own value functions"
SOFTMAX = "softmax bids over Gumbel bids"
"""Names in the figures of `explanation.modularity_alone`: the cell that is judged, and the ratio."""
FIRST = ("The number", "In place", "Independent gradients")
"""What the sentences on the first screen of the report are about."""
SENTENCES: Mapping[str, tuple[Clause, ...]] = {
    "Theory": (
        Clause(
            "theory.classification",
            "{theory} of {all_theory} claims on the talk's theory are reproduced, and {consistency} consistency checks, "
            "which hold by how the model is built, are not counted; that one reading classifies all credit assignment as the "
            "talk does is {verdict}",
        ),
        Clause(
            "theory.single_step_td",
            "that single-step temporal differences are modular is {verdict}, where CVS as trained is checked on acyclic "
            "episodes of up to three steps",
        ),
        Clause(
            "finding.cvs_batches",
            "that over a batch of episodes, as training has them, other code for the same rule could make CVS's mechanisms "
            "share sums of prices is {verdict}",
        ),
    ),
    "The number": (
        Clause(
            "transfer.headline",
            "when the last decision of the chain changes, PPO takes {measured} times as long as CVS; the claim that this is "
            "near the talk's 13.9, up to a factor of 1.5, is {verdict}",
        ),
    ),
    "Direction": (
        Clause("transfer.headline_direction", "that PPO is slower there is {verdict}"),
        Clause(
            "transfer.nine_settings_ppo",
            "in all nine settings it is {verdict}, with {measured} in the one whose interval reaches lowest",
        ),
        Clause(
            "transfer.nine_settings_ppof",
            "and that PPOF is slower in all nine is {verdict}, with {measured} in the one whose interval reaches lowest",
        ),
    ),
    "Length of training": (
        Clause(
            "explanation.pretraining_length",
            "PPO takes {0} times as long as CVS from epoch 400 of training, {1} times from epoch 950 and {2} times from epoch "
            "2450; that the ratio does not depend on this is {verdict}",
            tuple(f"PPO over CVS, from epoch {epoch}" for epoch in (400, 950, 2450)),
        ),
    ),
    "Optimiser steps": (
        Clause(
            "explanation.matched_updates",
            "with as many steps an epoch as CVS, PPOF takes {0} times and PPO {1} times as long, by geometric mean over the nine "
            "settings; that CVS is faster by a quarter at least, at 16 steps and at 32, is {verdict}",
            tuple(f"{slow} over CVS, 32 steps each, nine settings" for slow in ("PPOF", "PPO")),
        ),
    ),
    "Exploration": (
        Clause(
            "explanation.after_discovery",
            "before the first reward pass {0} of PPO's epochs and {1} of CVS's, as shares of all; that CVS is faster after it, "
            "too, is {verdict}",
            tuple(f"share of all epochs before the first reward, {one}" for one in ("PPO", "CVS")),
        ),
        Clause(
            "explanation.equal_exploration",
            "that it is faster if all try the new action equally often at first is {verdict}, with {measured} "
            "in the comparison whose interval reaches lowest",
        ),
    ),
    "In place": (
        Clause(
            "explanation.seen_states",
            "where training has visited the changed decision, PPOF takes {0} times and PPO {1} times as long as CVS, by geometric "
            "mean of nine; that CVS is faster in each is {verdict}",
            tuple(f"{slow} over CVS, geometric mean of nine" for slow in ("PPOF", "PPO")),
            "where training has visited the changed decision, PPOF takes {0} times and PPO {1} times as long as CVS, by geometric "
            "mean of nine changes; that CVS is faster in each is {verdict}",
        ),
    ),
    "Independent gradients": (
        Clause(
            "explanation.modularity_alone",
            "softmax bids take {measured} times as long as Gumbel bids, which act by the same softmax and have independent "
            "gradients; that they are slower is {verdict}, for the linear chain, 400 epochs of training and one of the "
            "four kinds of credit that were tried; in the two settings that all four share the ratio is {0} with this kind, {1} "
            "with one value function, where by this project's reading the gradients of both are dependent, {2} and {3} with "
            "λ = 0.95, and {4} with this kind after 600 epochs",
            (
                f"{CELL}, 2 settings, after 400 epochs of training: {SOFTMAX}",
                f"single-step credit, one value function, 2 settings: {SOFTMAX}",
                f"λ = 0.95 credit, own value functions, 2 settings: {SOFTMAX}",
                f"λ = 0.95 credit, one value function, 2 settings: {SOFTMAX}",
                f"{CELL}, 2 settings, after 600 epochs of training: {SOFTMAX}",
            ),
            "bids whose gradients depend on each other, by a softmax, take {measured} times as long as bids that act alike and "
            "have independent ones; that they are slower is {verdict}, for the linear chain, 400 epochs of training and one of "
            "the four ways to assign credit that were tried; with another way the ratio is {2}",
        ),
        Clause(
            "explanation.coupled",
            "that CVS is slower in each of six ways to couple it is {verdict}, with {measured} in the one whose interval "
            "reaches lowest",
            brief="that CVS is slower in each of six ways to make its gradients depend on each other is {verdict}, with "
            "{measured} in the one whose interval reaches lowest",
        ),
        Clause(
            "explanation.credit_on_bids",
            "with PPO's advantages to all entries of its auctions it takes {0} times and with these to winners alone {1} "
            "times as long over the nine settings; that it is slower with both, in three groups of settings, is {verdict}",
            tuple(
                f"CVS, advantages to {whom}: nine settings, over CVS" for whom in ("all", "winners")
            ),
            "that it is slower with PPO's credit, given in each of two ways, is {verdict}",
        ),
    ),
    "Many learners": (
        Clause(
            "explanation.learners",
            "over eighteen of them, transfer takes {measured} times as long with dependent gradients as with independent ones, in "
            "units of training time; that it takes longer is {verdict}",
        ),
    ),
    "Only what must change": (
        Clause(
            "explanation.disturbs_less",
            "that CVS disturbs the decisions that stay right less is {verdict}, by a factor of {measured}",
        ),
        Clause(
            "explanation.leaves_alone",
            "that it leaves them alone is {verdict}: in a share of {0} of its runs one of them falls below 0.9 of its start",
            ("share of runs in which A or B falls below 0.9 of its start, CVS",),
        ),
    ),
}
"""Clauses by what the sentence is about, in order."""


def sentences(claims: Iterable[Claim], *, brief: bool = False) -> list[Sentence]:
    """Say what came out, for the claims that were judged.

    Args:
        claims: as in claims.json.
        brief: whether clauses are as on the first screen of the report.

    Returns:
        At most ten sentences. A clause is left out if its claim was not judged or lacks one of its figures.
    """
    judged = {claim["id"]: claim for claim in claims}
    theory = [claim["verdict"] for claim in judged.values() if claim["kind"] == "theory"]
    counts = {
        "theory": theory.count(Verdict.REPRODUCED),
        "all_theory": len(theory),
        "consistency": sum(claim["kind"] == "consistency" for claim in judged.values()),
    }
    found = []
    for about, clauses in SENTENCES.items():
        said = {
            clause.claim: text
            for clause in clauses
            if clause.claim in judged
            and (text := _filled(clause, judged[clause.claim], counts, brief=brief)) is not None
        }
        if said:
            found.append(Sentence(about, f"{'; '.join(said.values())}.", (*said,)))
    return found


def _filled(clause: Clause, claim: Claim, counts: Mapping[str, int], *, brief: bool) -> str | None:
    details = details_of(claim)
    if claim["verdict"] == Verdict.NOT_RUN or not all(name in details for name in clause.figures):
        return None
    # The clause has the unit.
    measured = (
        written_figure(claim["measured"] | {"unit": ""}) if claim["measured"] else "no figure"
    )
    more = [written_figure(details[name]) for name in clause.figures]
    text = (clause.brief if brief else "") or clause.text
    return text.format(*more, verdict=claim["verdict"], measured=measured, **counts)
