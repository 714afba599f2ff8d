"""The faults that are declared: each fits the code as it is, and names what there is."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from repro.paths import PROJECT
from tests.verification.falsify.fault import Edit, Fault, FaultError, put_in
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
def test_its_snippets_are_there_once_and_leave_python(fault: Fault) -> None:
    texts: dict[str, str] = {}
    for edit in fault.edits:
        text = texts.get(edit.file) or (PROJECT / edit.file).read_text(encoding="utf-8")
        assert text.count(edit.old) == 1, (
            f"{edit.file} holds {text.count(edit.old)} times what the fault {fault.name!r} replaces: "
            "rewrite the fault in tests/verification/falsify/ for the code as it is now, run "
            f'`python -m tests.verification.falsify --fault "{fault.name}"`, and see that it is caught still'
        )
        texts[edit.file] = text.replace(edit.old, edit.new)
        assert edit.old != edit.new
    for text in texts.values():
        ast.parse(text)


@each
def test_what_is_to_notice_it_is_there(fault: Fault) -> None:
    for test in fault.tests:
        file, _, name = test.partition("::")
        text = (PROJECT / file).read_text(encoding="utf-8")
        assert f"\ndef {name}(" in text, f"{fault.name}: there is no test {test}; name another"
    judged = {*fault.theory, *fault.audit, *fault.trained}
    assert judged <= CLAIMS
    assert {*fault.claims} <= judged
    # Whatever the claims say, a unit test is quicker and says where.
    assert bool(fault.tests) != fault.harmless
    assert not (fault.harmless and fault.claims)


def test_names_are_unique_and_claims_are_seen() -> None:
    assert len({fault.name for fault in ALL}) == len(ALL)
    assert {"transfer.headline", "theory.criterion", "finding.bids_value"} <= CLAIMS


FAULT = Fault("f", "d", (Edit("a.py", "x = 1", "x = 2"),))


def test_a_fault_is_put_in_where_its_snippet_stands_once(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("x = 1\ny = 1\n")
    put_in(FAULT, tmp_path)
    assert file.read_text() == "x = 2\ny = 1\n"
    with pytest.raises(FaultError, match=r"a.py holds 0 times what the fault replaces"):
        put_in(FAULT, tmp_path)
    file.write_text("x = 1\nx = 1\n")
    with pytest.raises(
        FaultError, match=r"holds 2 times .* rewrite the fault in tests/verification/falsify/"
    ):
        put_in(FAULT, tmp_path)
    file.unlink()
    with pytest.raises(FaultError, match=r"there is no a\.py; if it was moved"):
        put_in(FAULT, tmp_path)
