"""What is said beside an answer, because it would say too much without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from repro.cli.audit_notes_view import notes
from tests.cli.audit_example import IMPLEMENTATION_DEPENDENT, MODULAR, NOT, verdict
from tests.cli.test_audit_view import printed

if TYPE_CHECKING:
    from repro.causal.auditing.findings import Answer

READS = {"A": frozenset({"bids[0]"}), "B": frozenset({"bids[1]"}), "C": frozenset({"bids[2]"})}
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "zero": ({"zero": ("B",), "reads": {**READS, "B": frozenset()}}, "exactly zero, .*: the gradient of B; did it"),
    "constant": ({"reads": {**READS, "C": frozenset()}}, "constant, .*: the gradient of C"),
    "trunk": (
        {"trained_in_common": ("trunk.0.weight", "trunk.0.bias", "scale")},
        "mechanisms' own parameters; common to several, and trained too: trunk.0, scale",
    ),
    "made": (
        {"unproven": tuple(f"tensor {k}" for k in range(8))},
        "outside of torch is data or constants: tensor 0, .*, tensor 5 … and 2 more",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("answer", [MODULAR, IMPLEMENTATION_DEPENDENT])
def test_what_weakens_an_answer_is_in_its_banner(case: str, answer: Answer) -> None:
    fields, words = CASES[case]
    shown = verdict(answer, **{"reads": READS, **fields})
    (note,) = notes(shown)
    assert re.search(words, note)
    banner = printed(shown).split("my_rule.py:")[0]
    assert " ".join(note.split()[:6]) in banner


def test_a_plain_answer_has_no_notes() -> None:
    assert notes(verdict(MODULAR, reads=READS)) == []


def test_what_is_shared_needs_no_notes() -> None:
    assert notes(verdict(NOT, zero=("B",), trained_in_common=("trunk.weight",))) == []
