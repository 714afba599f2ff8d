"""Properties of the badge, over runs of claims of every kind: colour and numbers follow from the message."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from repro.report.badge import badge
from repro.verdicts import LeftOut
from tests.report.example import CLAIM
from tests.report.test_badge import ALIKE, CLEAN, UNLIKE
from tests.report.test_recorded_outcome import OUTCOMES
from tests.support.results import changed

if TYPE_CHECKING:
    from repro.verdicts import RunResult

KINDS = ("theory", "empirical", "consistency", "explanation", "finding")


@st.composite
def runs(draw: st.DrawFn) -> RunResult:
    """A run of claims of every kind, alone and in groups; some are left out, some are not chosen."""
    groups = st.sampled_from(["", "", "one"])
    made = draw(
        st.lists(
            st.builds(
                lambda one, kind, group, required: changed(
                    one, kind=kind, group=group, required=required
                ),
                st.one_of(st.just(CLAIM), st.sampled_from(OUTCOMES)),
                st.sampled_from(KINDS),
                groups,
                st.booleans(),
            ),
            max_size=4,
        )
    )
    claims = [changed(one, id=f"a.{i}") for i, one in enumerate(made)]
    names = draw(st.lists(st.sampled_from(["", "", "one", "b.out"]), max_size=2))
    left_out = tuple(LeftOut("b.out", "X", "no runs", name) for name in names)
    others = draw(st.lists(st.sampled_from(["one", "c.other"]), max_size=2))
    known = Counter([one.declaration.counts_as for one in claims] + names + others)
    return replace(
        CLEAN,
        claims=tuple(claims),
        left_out=left_out,
        known_statements=draw(
            st.sampled_from([{name: n for name, n in known.items() if name}] * 3 + [{}])
        ),
        tier=draw(st.sampled_from(["paper", "study", "audit"])),
        dirty=draw(st.sampled_from([False, False, True, None])),
        comparison=draw(st.sampled_from([None, ALIKE, UNLIKE])),
    )


@given(runs())
def test_green_requires_a_message_without_reservations(result: RunResult) -> None:
    made = badge(result)
    plain = re.fullmatch(r"(\d+)/\1 statements? reproduced · (paper|study) tier", made.message)
    assert (made.color == "brightgreen") == (plain is not None)
    if result.undecided or result.failed or any(one.flipped for one in result.claims):
        assert made.color == "red"


@given(runs())
def test_the_counts_add_up_to_all_statements(result: RunResult) -> None:
    reproduced, known, rest = re.match(
        r"(\d+)/(\d+) statements? reproduced(.*)", badge(result).message
    ).groups()  # type: ignore[union-attr]
    assert int(known) - int(reproduced) == sum(map(int, re.findall(r"· (\d+) (?!claim)", rest)))
    names = {one.group or one.id for one in (c.declaration for c in result.claims) if one.counts}
    names |= {one.counts_as for one in result.left_out if one.counts_as}
    assert int(known) == len(names | set(result.known_statements))
    assert int(reproduced) <= result.statements["reproduced"]
