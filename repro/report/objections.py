"""Objections that a critical reader may raise to the theory, with answers and the claims that give evidence.

The objections are the project's own. An answer says what was done, never an outcome: outcomes are in
the claims that it links.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Objection:
    """One objection to the theory's claims.

    Attributes:
        says: the objection.
        answer: what this project does about it.
        claims: ids of the claims with evidence on it, the most important first.
    """

    says: str
    answer: str
    claims: tuple[str, ...]


OBJECTIONS = (
    Objection(
        "Credit assignment is deterministic: given its inputs, there is nothing left to depend on.",
        "This holds only if the programs are given, too. In the graphs here, each node is computed by "
        "its own program. The program is a root of the graph, unobserved and independent of all other "
        "programs. The verdicts condition on the inputs, not on the programs. So a hidden value stays "
        "unknown even if its arguments are known, and two gradients that read it depend on each other. "
        "One claim checks on real networks that replacing one program does not change the others. "
        "Another one checks the criterion that leads from graphs to independence against other ways "
        "to compute it, including a case in which a simpler criterion fails. A third one draws programs "
        "at random and tests gradients for statistical dependence, without reading a graph.",
        ("theory.independence", "theory.criterion", "theory.static_modularity"),
    ),
    Objection(
        "A normaliser is a short, fixed program. It carries a constant amount of information, and "
        "the theory ignores constants.",
        "Algorithmic information cannot be computed, and no verdict here depends on it. In addition to "
        "the graph there is an experiment on the running code. One hidden value is changed, all inputs "
        "are kept, the same rule continues from there, and the gradients that change are compared with "
        "those that may change according to the graph. A gradient that changes although the graph "
        "forbids it would refute the trace. A gradient that does not change although the graph allows "
        "it, as behind a clipped ratio, is listed.",
        ("theory.criterion",),
    ),
    Objection(
        "Compute the normaliser separately for each mechanism, and no variable is shared.",
        "Two copies of one program on the same inputs are not independent: knowing one value means "
        "knowing the other. The audit merges equal computations into one node before it tests "
        "independence, so a copy changes no answer. For some rules, such as n-step targets, sharing "
        "depends on how a sum is bracketed. The audit then answers “implementation-dependent”.",
        ("theory.policy_gradient", "finding.n_step_coding"),
    ),
    Objection(
        "The verdict depends on what one conditions on, and on what one calls a variable.",
        "It does, so every verdict states both. Mechanisms that are independent given the previous "
        "graph are dependent without it. A trunk shared by all mechanisms, or an update that scales all "
        "gradients by one norm, is outside credit assignment and also breaks modularity. The talk "
        "counts selection among the edges. The audit can instead make the value that a maximum selects "
        "a hidden variable, and the auction is reported under both readings.",
        ("finding.auction_as_selection", "theory.modularity_theorem", "theory.dynamic_modularity"),
    ),
    Objection(
        "The verdict depends on how sums are coded, and on what a maximum counts as.",
        "It does. Each audit says what "
        "gradients share in the code as written, and what they share if every sum is shared that can be. The "
        "claims judge by the second: gradients are independent if they share nothing, however sums are "
        "coded. The classification asks whether any of the four combinations gives the talk's answer.",
        ("theory.classification", "finding.n_step_coding", "finding.cvs_batches"),
    ),
    Objection(
        "All this is about one trajectory and one set of weights.",
        "A verdict is about one shape of trajectory: which states were visited, in which order, and "
        "which mechanism acted. So most claims test every shape up to a stated size, and some batches of "
        "several episodes; each says which. They compare the "
        "traced verdict with a condition on shapes that was derived by hand, in both directions. The "
        "shapes on which a method fails are part of the claim. Whether weights matter is tested by "
        "drawing others.",
        (
            "theory.single_step_td",
            "finding.cvs_batches",
            "theory.acyclic",
            "theory.policy_gradient",
            "theory.no_training",
        ),
    ),
)
