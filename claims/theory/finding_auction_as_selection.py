"""Finding: whether CVS is modular depends on whether its auction counts as selection.

By hand. The winner of step t pays p(t), the second-highest bid of that step, and receives p(t + 1), which the
next winner pays. If choosing a bid is selection, absorbed into the edges, then p(t + 1) is an executed bid: it
is given, and no hidden variable is shared. If the second-highest bid is a separate variable, computed from all
bids except the winner's, then it is hidden, and the gradients of both winners depend on it. So two mechanisms
are dependent if and only if one of them wins directly after the other; the price that one pays and the other
receives is the witness. Nobody receives the first price, and nobody pays a price after the last step. A
mechanism that wins twice in a row shares the price with itself only.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from claims.theory._judging import case, graph_figure, judge_cases, tabulate
from claims.theory._predicates import all_pairs, consecutive, no_pairs
from claims.theory._rules import audit_cvs
from claims.theory._shapes import Shape, all_shapes, up_to_renaming
from claims.theory._witnesses import PRICE, is_price_between, missing_witness

if TYPE_CHECKING:
    from claims.theory._judging import Case
    from repro.plugin.recorder import Recorder

CHOSEN_AS_COMPUTED = "the chosen bid, judged as a separate variable"
COMPUTED_AS_CHOSEN = "a separate variable, judged as the chosen bid"
ALL_DEPENDENT = "a separate variable, expected to make all mechanisms dependent"


def chosen(shape: Shape) -> Case:
    """Judge the audit in which the price is the chosen bid."""
    return case("price = the chosen bid", shape, audit_cvs(shape, "route"), no_pairs(shape))


def computed(shape: Shape) -> Case:
    """Judge the audit in which the price is a hidden variable."""
    audited = audit_cvs(shape, "strict")
    wrong = missing_witness(audited, PRICE)
    if not all(is_price_between(w, shape) for w in audited.witnesses if w.name == PRICE):
        wrong = "a witness is not a price between the two mechanisms"
    return case("price = a separate variable", shape, audited, consecutive(shape), wrong=wrong)


@pytest.mark.claim(
    id="finding.auction_as_selection",
    title="CVS is modular if its auction is selection, and not if the price is computed",
    statement="The second-highest bid of a step is received by one winner and paid by the next. If it is "
    "absorbed into the edges, as the talk does with selection, all mechanisms are independent. As a hidden "
    "variable, it makes two mechanisms dependent if one wins directly after the other.",
    source=["talk:205", "talk:206", "talk:230"],
    kind="finding",
    required=False,
    expected="on every shape of up to 3 steps and 3 mechanisms: if the price is the chosen bid, no pair is "
    "dependent; if it is a hidden variable, exactly the pairs of consecutive winners are not modular, with the "
    "price between them as witness",
    controls=dict.fromkeys(
        (CHOSEN_AS_COMPUTED, COMPUTED_AS_CHOSEN, ALL_DEPENDENT), "not reproduced"
    ),
    differences="The talk does not discuss prices; it absorbs selection into the edges. Shapes that differ "
    "only in the names of mechanisms are audited once.",
)
def test_auction_as_selection(record: Recorder) -> None:
    shapes = up_to_renaming(all_shapes())
    cases = [*map(chosen, shapes), *map(computed, shapes)]
    record.outcome(judge_cases(cases), None, checked=len(cases))
    tabulate(record, cases)
    turns = [s for s in shapes if any(j != k for j, k in pairwise(s.actions))]
    for control, selection, pairs in (
        (CHOSEN_AS_COMPUTED, "route", consecutive),
        (COMPUTED_AS_CHOSEN, "strict", no_pairs),
        (ALL_DEPENDENT, "strict", all_pairs),
    ):
        judged = [case("", s, audit_cvs(s, selection), pairs(s)) for s in turns]
        record.control(control, judge_cases(judged))
    record.figure(
        graph_figure(
            audit_cvs(Shape((0, 1), (0, 1), 2), "strict"),
            PRICE,
            name="finding.auction_as_selection",
            title="CVS, the price as a separate variable: A wins, then B",
            alt="Causal graph of CVS's credit assignment in two auctions, the second-highest bid drawn as a "
            "hidden variable; that of the second auction leads to the gradients of A and of B",
        )
    )
