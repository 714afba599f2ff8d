"""Finding: whether CVS is modular hangs on whether its auction counts as selection.

By hand. The winner of step t pays p(t), the second-highest bid of that step, and receives p(t + 1),
which the next winner pays. If choosing a bid is selection, absorbed into the edges, then p(t + 1) is a
bid that was made: it is given, and nothing hidden is shared. If the second-highest bid is a variable of
its own, computed from all bids but the winner's, then it is hidden, and the gradients of both winners
depend on it. So two mechanisms are dependent if and only if one of them wins right after the other; the
price that passes between them is the witness. Nobody receives the first price, and nobody pays one after
the last step; a mechanism that follows itself shares with itself alone.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from claims.theory._auctions import auctioned
from claims.theory._by_hand import everybody, handing_over, nobody
from claims.theory._cases import case, drawn, judge, tabulate, up_to_names
from claims.theory._shapes import Shape, all_shapes
from claims.theory._witnesses import PRICE, lacking, passes

if TYPE_CHECKING:
    from claims.theory._cases import Case
    from repro.plugin.recorder import Recorder


def routed(shape: Shape) -> Case:
    """Judge the audit in which the price is the bid chosen."""
    return case("price = the bid chosen", shape, auctioned(shape), nobody(shape))


def priced(shape: Shape) -> Case:
    """Judge the audit in which the price is a hidden variable."""
    traced = auctioned(shape, "strict")
    wrong = lacking(traced, PRICE)
    if not all(passes(w, shape) for w in traced.witnesses if w.name == PRICE):
        wrong = "a witness is no price that passes between the two"
    return case("price = a variable of its own", shape, traced, handing_over(shape), wrong=wrong)


@pytest.mark.claim(
    id="finding.auction_as_selection",
    title="CVS is modular if its auction is selection, and not if the price is computed",
    statement="The second-highest bid of a step is received by one winner and paid by the next. Absorbed "
    "into the edges, as the talk does with selection, it ties nobody; as a hidden variable it ties each "
    "two mechanisms of which one wins right after the other.",
    source=["talk:205", "talk:206", "talk:230"],
    kind="finding",
    required=False,
    expected="on every shape of up to 3 steps and 3 mechanisms: no pair dependent in the one reading; in "
    "the other exactly the pairs of consecutive winners, not modular, by the price between them",
    controls={
        "the bid chosen, judged as a variable of its own": "not reproduced",
        "a variable of its own, judged as the bid chosen": "not reproduced",
        "a variable of its own, said to tie all mechanisms": "not reproduced",
    },
    differences="The talk does not discuss prices; it absorbs selection into the edges. Shapes that differ "
    "in the names of mechanisms only are audited once.",
)
def test_auction_as_selection(record: Recorder) -> None:
    shapes = up_to_names(all_shapes())
    cases = [*map(routed, shapes), *map(priced, shapes)]
    record.outcome(judge(cases), None, checked=len(cases))
    tabulate(record, cases)
    turns = [s for s in shapes if any(j != k for j, k in pairwise(s.actions))]
    record.control(
        "the bid chosen, judged as a variable of its own",
        judge([case("", s, auctioned(s), handing_over(s)) for s in turns]),
    )
    record.control(
        "a variable of its own, judged as the bid chosen",
        judge([case("", s, auctioned(s, "strict"), nobody(s)) for s in turns]),
    )
    record.control(
        "a variable of its own, said to tie all mechanisms",
        judge([case("", s, auctioned(s, "strict"), everybody(s)) for s in turns]),
    )
    record.figure(
        drawn(
            auctioned(Shape((0, 1), (0, 1), 2), "strict"),
            PRICE,
            name="finding.auction_as_selection",
            title="CVS, the price a variable of its own: A wins, then B",
            alt="Causal graph of CVS's credit assignment in two auctions, the second-highest bid drawn as a "
            "hidden variable; that of the second auction leads to the gradients of A and of B",
        )
    )
