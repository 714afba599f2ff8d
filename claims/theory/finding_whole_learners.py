"""Whole learners as they train: from networks, value functions and Adam's state to the step of each function.

The modularity theorem is about learners (talk:163). Here everything that a learner computes in one update is
traced: the forward pass of all networks, credit assignment on a batch of episodes with its normalisation,
backpropagation through all networks, the clipping of each network's gradient, and Adam with the running means
that it keeps. Given are the functions and Adam's state before the update, and what was executed.

By hand. Networks, clipping and Adam are separate for each network, so they join nothing. As coded, what remains
is credit assignment. PPO and PPOF: the softmax's normaliser is part of the gradient of every mechanism, and the
generalised advantage of a step is part of the gradients of the mechanisms and of the value function; so all are
joined. Value learners with single-step targets: each error reaches the network that acted, and the bids that it
is computed from are given. Societies of bidders: each mechanism has its own utilities, value function and
normalisation. So the mechanisms of both are independent, on any acyclic episode and on any batch of them. There is
one exception. Expected SARSA weights all bids of the state reached by the policy there, and the weights are
hidden; in one acyclic episode a state is reached once, but in a batch two mechanisms can reach it, and then they
share its weights. (The first version of this derivation missed that, and its first run found it.)

That is what this code shares. Parameters make the other reading, "at most", much stronger than in credit
assignment alone: the gradient of a network's last bias is a sum over all steps that the mechanism acted in. If B
acts directly after A in two different states, A's sum contains γ Q + γ Q' and B's -Q - Q', so that even SARSA's
networks could share a sum. The tables show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.theory._judging import format_pairs, judge, worst
from claims.theory._learner import Learner
from claims.theory._predicates import reaching_same_state
from claims.theory._readings import Sums, dependent_pairs
from claims.theory._shapes import Episodes, Shape
from claims.theory._whole_learner import ADAM, CLIPPED, whole_update
from repro import algorithms
from repro.figures import causal_graph

if TYPE_CHECKING:
    from claims.theory._whole_learner import Parts
    from repro.causal import Verdict as AuditVerdict
    from repro.causal.auditing.findings import Pair
    from repro.plugin.recorder import Recorder
    from repro.verdicts import Verdict

AB, BA = Shape((0, 1), (0, 1), 2), Shape((0, 1), (1, 0), 2)
BATCHES: tuple[Shape | Episodes, ...] = (
    AB,
    Shape((0, 1, 2, 3), (0, 1, 0, 1), 2),
    Shape((0, 1, 2), (0, 1, 2), 3),
    Episodes((AB, AB)),
    Episodes((AB, BA, AB)),
)
"""One, two and three acyclic episodes, in which two or three mechanisms act in turn."""
JOINED = ("ppo", "ppof", "a2c", "reinforce_separate")
SEPARATE = ("cvs", "vickrey_society", "first_price_society", "sarsa", "q_learning")
WEIGHTED = "expected_sarsa"
ONE_NORM = "CVS with one norm clipped over all networks"
ONE_SQUARE = "CVS with one running mean of squares for all networks"
NORMALISED = "CVS with advantages normalised over all mechanisms"
AS_SEPARATE = "PPOF expected to be modular"


def audit_update(name: str, batch: Shape | Episodes, together: Parts = ()) -> AuditVerdict:
    """Audit one whole update of a learner."""
    return whole_update(Learner(name, batch), together=together).verdict


def expected_pairs(name: str, batch: Shape | Episodes, audited: AuditVerdict) -> frozenset[Pair]:
    """Return the pairs that are joined as coded."""
    if name == WEIGHTED:
        return reaching_same_state(batch)
    return frozenset(audited.pairs) if name in JOINED else frozenset()


def judge_learner(name: str, audits: list[AuditVerdict]) -> Verdict:
    """Judge whether a learner's functions are joined as derived, on every batch."""
    return worst(
        judge(
            dependent_pairs(audited, Sums.AS_CODED) == expected_pairs(name, batch, audited),
            [audited],
        )
        for batch, audited in zip(BATCHES, audits, strict=True)
    )


@pytest.mark.claim(
    id="finding.whole_learners",
    title="Whole learners share, as coded, only what their credit assignment does",
    statement="As they train here, the functions of CVS, SARSA and Q-learning are updated independently on "
    "acyclic episodes, networks, normalisation, clipping and Adam included; those of expected SARSA unless two of "
    "them reach one state; those of policy gradient methods are not, with one network or several.",
    source=["talk:163", "talk:217", "talk:229"],
    kind="finding",
    required=False,
    expected="as coded, on each of five batches of one to three acyclic episodes: PPO, PPOF, A2C and REINFORCE, "
    "every two functions are joined; CVS, its variants with first prices and without clones, SARSA and "
    "Q-learning, no two; expected SARSA, two that reach the same state",
    controls=dict.fromkeys((ONE_NORM, ONE_SQUARE, NORMALISED, AS_SEPARATE), "not reproduced"),
    differences="Networks have two hidden units per layer and double precision, and an update is the first "
    "minibatch of an epoch. Gradients are clipped at a norm that binds; at the protocol's it does not. Adam is "
    "torch's; the trainer's compiled Adam is compared with it in tests, and theory.modularity_theorem changes "
    "its inputs one by one. A mechanism's own value function is part of it. This is a finding and not counted as the talk's statement, because the claims of the theory "
    "judge by what can be shared at most; here it is about sums as this "
    "code computes them. If every sum that can be shared is shared, single-step value learners are not modular "
    "either once two mechanisms follow each other in two different states, because the gradient of a parameter "
    "adds up steps; the tables show both.",
)
def test_whole_learners(record: Recorder) -> None:
    found = {
        name: [audit_update(name, batch) for batch in BATCHES]
        for name in (*JOINED, *SEPARATE, WEIGHTED)
    }
    verdicts = [judge_learner(name, audits) for name, audits in found.items()]
    record.outcome(worst(verdicts), None, checked=len(BATCHES) * len(found))
    record.table(
        "Functions that share a hidden variable in one update",
        ("learner", "batch", "as coded", "at most", "hidden variables"),
        [
            (
                algorithms.display_name(name),
                str(batch),
                format_pairs(dependent_pairs(audited, Sums.AS_CODED)),
                format_pairs(dependent_pairs(audited)),
                audited.hidden,
            )
            for name, audits in found.items()
            for batch, audited in zip(BATCHES, audits, strict=True)
        ],
    )
    for control, together in ((ONE_NORM, (CLIPPED,)), (ONE_SQUARE, (ADAM,))):
        broken = [audit_update("cvs", batch, together) for batch in BATCHES]
        record.control(control, judge_learner("cvs", broken))
    coupled = [audit_update("cvs_normalised_together", batch) for batch in BATCHES]
    record.control(NORMALISED, judge_learner("cvs", coupled))
    record.control(AS_SEPARATE, judge_learner("cvs", found["ppof"]))
    audited = found["ppof"][0]
    record.figure(
        causal_graph(
            audited.graph,
            name="finding.whole_learners",
            title="One update of PPOF: A and B act",
            paths=audited.witnesses[0].paths,
            alt="Causal graph of one update of PPOF, from networks and Adam's state to steps; a hidden variable "
            "of the softmax leads to the steps of both mechanisms",
        )
    )
