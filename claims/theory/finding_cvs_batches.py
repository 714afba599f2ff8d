"""Finding: normalised over a batch of episodes, the mechanisms of CVS can share sums of prices.

By hand. The winner's utility is r_t + γ p_{t+1} - p_t, with the price p_t of the step and that of the next. As
trained, each mechanism subtracts its values from its utilities and normalises over its own samples of the whole
batch; so its gradient contains the sum of all its utilities. If k wins directly after j at step t and again at
step u, then j's sum contains γ p_t + γ p_u and k's contains -p_t - p_u: one ratio, so a sum that they *can*
share. It does not matter whether t and u are in one episode or in two. There is no other such sum: if j also
wins directly after k, the prices have another ratio, -1/γ, and are others; and a reward belongs to one winner.
Hence, with single-step utilities and on any batch,

    two mechanisms can share a sum  ⇔  one of them wins directly after the other at least twice.

In one episode this takes four steps; in a batch, two episodes of two. An epoch of training has more than a thousand
episodes, so all mechanisms that ever win one after the other are joined. As coded, nothing is shared: each
mechanism adds up its own utilities. Without normalisation, nothing can be.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import pytest

from claims.theory._judging import case, format_pairs, graph_figure, judge_cases, tabulate
from claims.theory._predicates import consecutive, no_pairs
from claims.theory._readings import Sums, dependent_pairs
from claims.theory._rules import trainer_inputs, trainer_rule, utilities
from claims.theory._shapes import Episodes, Shape, all_shapes, in_order_of_first_use
from repro.causal import Answer, audit

if TYPE_CHECKING:
    from claims.theory._judging import Case
    from repro.causal import Verdict
    from repro.plugin.recorder import Recorder

FOUR_STEPS = ((0, 1, 0, 1), (0, 1, 0, 0), (0, 1, 1, 0), (0, 0, 1, 1))
"""Winners in one episode; in the first, B wins directly after A twice."""
ONE_AFTER_ANOTHER = "mechanisms that win one after the other once, expected to share a sum"
ACROSS = "episodes joined end to end, so that their borders count as steps"
UTILITIES = "CVS's utilities before they are normalised"
TRAINED = "CVS, as trained"


def batches() -> list[Episodes]:
    """List batches of one to three episodes of one or two steps, in which A and B win, and longer ones."""
    episodes = [s for s in all_shapes(2, 2) if s.acyclic]
    found = [
        Episodes(parts)
        for number in (1, 2, 3)
        for parts in combinations_with_replacement(episodes, number)
    ]
    longer = [Shape((0, 1, 2, 3), actions, 2) for actions in FOUR_STEPS]
    return [
        *(batch for batch in found if in_order_of_first_use(batch.actions)),
        *(Episodes((shape,)) for shape in longer),
        Episodes((Shape((0, 1, 2), (0, 1, 2)),) * 2),
    ]


def winners_in_turn(batch: Episodes, least: int = 2) -> frozenset[tuple[str, str]]:
    """Return the pairs of which one wins directly after the other at least `least` times in a batch."""
    return consecutive(*batch.parts, least=least)


def shared_prices(batch: Episodes, audited: Verdict, expected: frozenset[tuple[str, str]]) -> Case:
    """Judge a batch: these pairs can share a sum, and as coded no pair does."""
    wrong = "shares something as coded" if dependent_pairs(audited, Sums.AS_CODED) else ""
    answer = Answer.IMPLEMENTATION_DEPENDENT
    return case(TRAINED, batch, audited, expected, answer, wrong)


@pytest.mark.claim(
    id="finding.cvs_batches",
    title="CVS as trained can share sums of prices over a batch",
    statement="CVS normalises each mechanism's advantages over a batch. If one mechanism wins directly after "
    "another at least twice in the batch, both gradients can contain the same sum of prices. In this code they "
    "do not.",
    source=["talk:229"],
    kind="finding",
    required=False,
    expected="on batches of one to three episodes of up to two steps, on four episodes of four steps and on two "
    "of three: two mechanisms can share a sum if and only if one wins directly after the other twice or more; "
    "no pair shares one as coded; utilities before normalisation share none",
    controls=dict.fromkeys((ONE_AFTER_ANOTHER, ACROSS), "not reproduced"),
    differences="The talk speaks of single-step methods and of one trajectory. This is about the learner, with "
    "what it does to its utilities. Batches that differ in the order of episodes, or in the names of mechanisms, "
    "are audited once.",
)
def test_cvs_batches(record: Recorder) -> None:
    found = [(b, audit(trainer_rule("cvs"), trainer_inputs("cvs", b))) for b in batches()]
    cases = [shared_prices(b, audited, winners_in_turn(b)) for b, audited in found]
    plain = [(b, audit(utilities, trainer_inputs("cvs", b))) for b, _ in found]
    cases += [case(UTILITIES, b, audited, no_pairs(b)) for b, audited in plain]
    record.outcome(judge_cases(cases), None, checked=len(cases))
    tabulate(record, cases)
    record.table(
        "Batches in which prices can be shared, and the other longest ones",
        (
            "batch",
            "one wins directly after the other twice",
            "can share a sum",
            "share one as coded",
        ),
        [
            (
                str(b),
                format_pairs(winners_in_turn(b)),
                format_pairs(dependent_pairs(audited)),
                format_pairs(dependent_pairs(audited, Sums.AS_CODED)),
            )
            for b, audited in found
            if winners_in_turn(b) or b.steps >= len(FOUR_STEPS[0])
        ],
    )
    once = [shared_prices(b, audited, winners_in_turn(b, least=1)) for b, audited in found]
    record.control(ONE_AFTER_ANOTHER, judge_cases(once))
    joined = [shared_prices(b, audited, consecutive(b, least=2)) for b, audited in found]
    record.control(ACROSS, judge_cases(joined))
    pair = Episodes((Shape((0, 1), (0, 1), 2),) * 2)
    (shown,) = (audited for b, audited in found if b == pair)
    record.figure(
        graph_figure(
            shown,
            "discounted sum",
            name="finding.cvs_batches",
            title="CVS as trained on two episodes A, B",
            alt="Causal graph of CVS's credit assignment on two episodes in which A and then B win; the sum of "
            "both prices that B pays can lead to the gradients of A and of B",
        )
    )
