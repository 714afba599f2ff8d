"""The first screen of the page: the question, the algorithms that are compared, the result, and one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.report.claim_groups import APART, exceptions
from repro.report.sentences import FIRST, Sentence, sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from repro.verdicts import ClaimResult, RunResult

ASKED = (
    "The talk calls a reinforcement learner modular if each decision's gradient is independent of the others', and says that "
    "it then adapts faster when one decision of a task changes, such as the last of a chain. Code checks here which learners are modular, by tracing how "
    "they assign credit, and whether they adapt faster, by training them."
)
COMPARED = {
    "PPO": "proximal policy optimisation: one network, a softmax over all actions",
    "PPOF": "PPO, factorised: a network for each action, still one softmax",
    "CVS": "cloned Vickrey society: each action's network bids in an auction and learns from what it alone pays and earns",
}
"""The algorithms that the talk compares, in words."""
FRONT = ("ladder.ppo", "ratios.ppo", "ratio.headline")
"""Pictures for the first screen: the first one that was drawn is shown."""


def picture(drawn: Collection[str]) -> str:
    """Return the name of the picture; "" if there is none among those that were drawn."""
    return next((name for name in FRONT if name in drawn), "")


def in_short(result: RunResult) -> list[Sentence]:
    """Return the sentences of the first screen, for the claims that were judged."""
    said = sentences([claim.to_dict() for claim in result.claims], brief=True)
    return [one for one in said if one.about in FIRST]


def failed(claims: Sequence[ClaimResult]) -> tuple[list[ClaimResult], list[ClaimResult]]:
    """Return the claims that are not reproduced or inconclusive: on the talk's statements, and all others."""
    found = exceptions(claims)
    return [c for c in found if c.kind not in APART], [c for c in found if c.kind in APART]
