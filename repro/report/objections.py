"""What a reader who distrusts the theory will say, what there is to answer, and where it is shown.

The objections are the project's own. An answer says what was done and claims no outcome: that stands
with the claims it points to.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Objection:
    """One objection to the theory's claims.

    Attributes:
        says: the objection.
        answer: what this project does about it.
        claims: ids of the claims whose evidence bears on it, the weightiest first.
    """

    says: str
    answer: str
    claims: tuple[str, ...]


OBJECTIONS = (
    Objection(
        "Credit assignment is deterministic: given its inputs there is nothing left to depend on.",
        "Nothing is left for someone who is given the programs too. In the graphs here each node is "
        "computed by a program of its own, which nobody observes and which is independent of all "
        "others: a root of the graph. The inputs are conditioned on; the programs are not. So a "
        "hidden value stays unknown where its arguments are known, and two gradients that read it "
        "depend on each other. That replacing one program leaves all others as they were is checked "
        "on real networks; the rule that leads from graphs to independence is checked against other "
        "ways to compute it, with the case in which a simpler rule goes wrong.",
        ("theory.static_modularity", "theory.criterion"),
    ),
    Objection(
        "A normaliser is a short, fixed program. It carries a constant amount of information, and "
        "the theory ignores constants.",
        "Algorithmic information cannot be computed, and no verdict here rests on it. Beside the "
        "graph there is an experiment on running code: one hidden value is changed, all inputs are "
        "held fixed, the same rule goes on from there, and the gradients that move are compared with "
        "those that the graph lets move. A gradient that moves against the graph would refute the "
        "trace. One that stays although the graph lets it move, as behind a clipped ratio, is listed.",
        ("theory.criterion",),
    ),
    Objection(
        "Recompute the normaliser once for each mechanism, and no variable is shared.",
        "Two copies of one program on the same inputs are not independent of each other: who knows "
        "one value knows the other. The audit makes equal computations one node before it asks, so "
        "that a copy changes no answer. Where sharing does hang on how a sum is bracketed, as it may "
        "for n-step targets, the audit says so: “depends on coding” is an answer of its own.",
        ("theory.policy_gradient", "finding.n_step_coding"),
    ),
    Objection(
        "The verdict depends on what one conditions on, and on what one calls a variable.",
        "It does, so every verdict states both. Mechanisms that are independent given the previous "
        "graph are dependent without it; a trunk shared by all, or an update that scales all "
        "gradients by one norm, lies outside credit assignment and undoes modularity all the same. "
        "The talk counts selection among the edges; the audit can make the value that a maximum "
        "selects a hidden variable instead, and the auction is reported under both readings.",
        ("finding.auction_as_selection", "theory.modularity_theorem", "theory.dynamic_modularity"),
    ),
    Objection(
        "It is all about one trajectory, and one set of weights.",
        "A verdict is about one shape of trajectory: which states were visited, in which order, and "
        "who acted. So the claims go through every shape up to a size that they state, and compare "
        "the traced verdict with a condition on shapes that was derived by hand, in both directions. "
        "The shapes on which a method fails belong to the claim as much as those on which it passes. "
        "Whether weights matter is tried by drawing others.",
        (
            "theory.single_step_td",
            "theory.acyclic",
            "theory.policy_gradient",
            "theory.no_training",
        ),
    ),
)
