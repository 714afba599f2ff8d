"""The declared faults fit the current code, and the tests and claims they name exist."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from repro.paths import PROJECT
from tests.verification.checkout import CheckoutError
from tests.verification.falsify.fault import Edit, Fault, plant
from tests.verification.falsify.faults import ALL

if TYPE_CHECKING:
    from pathlib import Path

CLAIMS = {
    found
    for path in (PROJECT / "claims").rglob("*.py")
    for found in re.findall(r'^    id="([\w.]+)",$', path.read_text(encoding="utf-8"), re.MULTILINE)
}
each = pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.name)


@each
def test_its_snippets_occur_once_and_the_result_is_python(fault: Fault) -> None:
    texts: dict[str, str] = {}
    for edit in fault.edits:
        text = texts.get(edit.file) or (PROJECT / edit.file).read_text(encoding="utf-8")
        assert text.count(edit.old) == 1, (
            f"{edit.file} contains {text.count(edit.old)} times a snippet of the fault {fault.name!r}: "
            "rewrite the fault in tests/verification/falsify/ for the current code, and check that "
            f'`python -m tests.verification.falsify --fault "{fault.name}"` still catches it'
        )
        texts[edit.file] = text.replace(edit.old, edit.new)
        assert edit.old != edit.new
    for text in texts.values():
        ast.parse(text)


@each
def test_its_tests_and_claims_exist(fault: Fault) -> None:
    for test in fault.tests:
        file, _, name = test.partition("::")
        text = (PROJECT / file).read_text(encoding="utf-8")
        assert f"\ndef {name}(" in text, f"{fault.name}: there is no test {test}; name another"
    judged = {*fault.theory, *fault.audit, *fault.trained}
    assert judged <= CLAIMS
    assert {*fault.claims} <= judged
    # A unit test is faster than a claim, and says where the fault is.
    assert bool(fault.tests) != fault.harmless
    assert not (fault.harmless and fault.claims)


def test_names_are_unique_and_claims_are_found() -> None:
    assert len({fault.name for fault in ALL}) == len(ALL)
    assert {"transfer.headline", "theory.criterion", "finding.bids_value"} <= CLAIMS


FAULT = Fault("f", "d", (Edit("a.py", "x = 1", "x = 2"),))


def test_a_fault_is_planted_where_its_snippet_occurs_once(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("x = 1\ny = 1\n")
    plant(FAULT, tmp_path)
    assert file.read_text() == "x = 2\ny = 1\n"
    with pytest.raises(CheckoutError, match=r"a.py contains 0 times, expected once"):
        plant(FAULT, tmp_path)
    file.write_text("x = 1\nx = 1\n")
    with pytest.raises(
        CheckoutError,
        match=r"(?s)contains 2 times.*rewrite the fault in tests/verification/falsify/",
    ):
        plant(FAULT, tmp_path)
    file.unlink()
    with pytest.raises(CheckoutError, match=r"there is no a\.py\nrewrite the fault"):
        plant(FAULT, tmp_path)
