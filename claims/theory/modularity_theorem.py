"""Factorised mechanisms, independent gradients and an update by itself make a modular learner.

The function of mechanism k after an update is f^k(i+1) = f^k(i) + U(δ)^k. Its gradient δ^k sums, over the
steps t, the gradient g^k_t of its bid times the derivative of that bid by the parameters of mechanism k.
Given are the functions and the data of graph i, the bids that were made among them. The premises:

1. Factorised: a bid and its derivative are made of f^k and the states alone, so that nothing hidden in
   them belongs to another mechanism as well.
2. Independent gradients: nothing hidden that makes g^j makes g^k.
3. An update by itself: U(δ)^k is made of δ^k alone.

Then no hidden variable leads to both f^j(i+1) and f^k(i+1), nor is anything given below two of them, and
graph i d-separates the two, parameter by parameter. Each premise is needed. If two mechanisms share a
trunk, the trunk's gradient is part of both gradients. If they share a softmax, its normaliser makes g^j
and g^k. If gradients are clipped by one norm over all mechanisms, that norm makes both steps. So where two
mechanisms act, a learner is modular exactly if all three premises hold. Where one acts, all gradients of
other bids are zero under temporal differences, and clipping them together does nothing.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from claims.theory._cases import up_to_names
from claims.theory._composed import Composed
from claims.theory._shapes import Shape, all_shapes
from claims.theory._updates import (
    adam,
    by_itself,
    clipped_together,
    compiled,
    sgd,
    stepping,
)
from claims.theory._verdicts import judge, worst, yes
from repro.causal import Answer
from repro.figures import causal_graph
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from claims.theory._updates import Step
    from repro.plugin.recorder import Recorder

SHAPE = Shape((0, 1, 2), (0, 1, 2))
ALONE = Shape((0, 1, 2), (0, 0, 0))
OWN, SHARED = "ppof", "ppo"
TD, SOFTMAX = "sarsa", "reinforce"
EACH, TOGETHER = (stepping(sgd, clip_together=together) for together in (False, True))
BROKEN = {
    "a trunk that all mechanisms share": Composed(SHARED, TD, EACH, SHAPE),
    "a softmax over all bids": Composed(OWN, SOFTMAX, EACH, SHAPE),
    "one norm clipped over all mechanisms": Composed(OWN, TD, TOGETHER, SHAPE),
}
CLIPPED = "the trainer's own step after one norm clipped over all mechanisms"
NEEDED = "that each premise is needed, where one mechanism acts alone"
HEAD = (
    "networks",
    "credit",
    "norms clipped",
    "1 factorised",
    "2 independent gradients",
    "3 update by itself",
    "modular",
    "modular by the graph alone",
    "shared by two",
)


def modular(learner: Composed) -> tuple[bool, bool]:
    """Ask whether it is: told which parameters are whose, and by the graph alone.

    Where no two mechanisms share one, there is nothing to tell.
    """
    whole = learner.audited(told=True)
    alone = whole if whole.factorised else learner.audited(told=False)
    return whole.answer is Answer.MODULAR, alone.answer is Answer.MODULAR


def premises(learner: Composed) -> tuple[bool, bool, bool]:
    """Ask for the three premises, one by one."""
    whole, credit, update = learner.premises()
    independent = [verdict.answer is Answer.MODULAR for verdict in (credit, update)]
    return (bool(whole.factorised), *independent)  # type: ignore[return-value]  # of three


def judged(learner: Composed) -> Verdict:
    """Judge the theorem where its premises are to hold: a modular learner."""
    return judge(all(modular(learner)), learner.premises())


def necessary(learner: Composed) -> Verdict:
    """Judge that a learner is modular exactly if the premises hold."""
    return judge(set(modular(learner)) == {all(premises(learner))}, learner.premises())


def alone(step: Step, d_outputs: NDArray[np.float32]) -> Verdict:
    """Judge that the trainer's own update treats each function by itself."""
    return Verdict.REPRODUCED if by_itself(step, d_outputs) else Verdict.NOT_REPRODUCED


def row(learner: Composed) -> list[str]:
    """Describe one learner."""
    witnesses = learner.audited(told=False).witnesses
    return [
        {OWN: "one each", SHARED: "one for all"}[learner.networks],
        learner.rule,
        "each by itself" if learner.update is EACH else "all together",
        *map(yes, premises(learner)),
        *map(yes, modular(learner)),
        ", ".join(dict.fromkeys(witness.name for witness in witnesses)) or "nothing",
    ]


@pytest.mark.claim(
    id="theory.modularity_theorem",
    title="Modularity theorem",
    statement="A learner is modular if its mechanisms share no weights, credit assignment makes "
    "independent gradients, and the update treats each function by itself.",
    source=["talk:150", "talk:157", "talk:158", "talk:160", "talk:163", "talk:327"],
    kind="theory",
    expected="modular, down to the single parameter, wherever the three premises hold; with each "
    "premise broken in turn, and with any of them together, not modular",
    controls=dict.fromkeys((CLIPPED, *BROKEN, NEEDED), "not reproduced"),
    differences="The theorem is checked on running code, not proved: networks with two hidden units a "
    "layer, one update, every acyclic trajectory of up to three steps and three mechanisms (one of those "
    "that differ only in names), and two updates: gradient descent, and Adam from its first step. The "
    "trainer's own step is compiled, and no trace sees into it; there each mechanism's gradient is "
    "replaced in turn, by infinities and NaN too, and no bit of another's parameters may move. Which premises hold is measured too. The second is asked of the gradients of bids, so that it can "
    "hold or fail without the first. The verdict is about steps; the function that a step is added to "
    "is given.",
)
def test_modularity_theorem(record: Recorder) -> None:
    shapes = up_to_names(shape for shape in all_shapes() if shape.acyclic)
    hold = [Composed(OWN, TD, EACH, shape) for shape in shapes]
    hold.append(Composed(OWN, TD, stepping(adam, clip_together=False), SHAPE))
    trainers_own = compiled(hold[0].layout)
    drawn = np.random.default_rng(0).normal(size=(3, 4, 1)).astype(np.float32)
    table = [
        Composed(*parts, SHAPE)
        for parts in itertools.product((OWN, SHARED), (TD, SOFTMAX), (EACH, TOGETHER))
    ]
    verdicts = [judged(learner) for learner in hold] + [necessary(learner) for learner in table]
    verdicts.append(alone(trainers_own, drawn))
    record.outcome(worst(verdicts), None, checked=len(verdicts))
    record.table(
        "Premises, measured one by one, and the verdict on the whole", HEAD, map(row, table)
    )
    record.detail("learners whose premises hold, each found modular", len(hold))
    record.control(CLIPPED, alone(clipped_together(trainers_own), drawn))
    for what, learner in BROKEN.items():
        record.control(what, judged(learner))
    record.control(NEEDED, necessary(Composed(OWN, TD, TOGETHER, ALONE)))
    for learner, what in zip(BROKEN.values(), BROKEN, strict=True):
        verdict = learner.audited(told=False)
        paths = verdict.witnesses[0].paths if verdict.witnesses else ()
        record.figure(
            causal_graph(
                verdict.graph,
                name=f"modularity_theorem_{len(record.pictures) + 1}",
                title=f"Broken by {what}",
                paths=paths,
                alt=f"One update of three mechanisms with {what}, and what two of them share.",
            )
        )
