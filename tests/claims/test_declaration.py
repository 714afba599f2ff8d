"""Faults in a claim's marker: each is one line on stderr, before anything is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.declaration import REQUIRED, Declaration, declare
from repro.errors import ClaimError
from repro.verdicts import Verdict
from tests.claims.conftest import came_out, claim

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.claims.conftest import Session

GIVEN = {
    "id": "a.claim",
    "title": "A title",
    "statement": "A statement.",
    "source": ["talk:44"],
    "kind": "theory",
    "expected": "above 1",
}
WHERE = "claims/transfer/one.py::test_claim"


def test_defaults() -> None:
    declared = declare(WHERE, GIVEN)
    assert declared == Declaration(
        id="a.claim",
        title="A title",
        statement="A statement.",
        source=("talk:44",),
        kind="theory",
        expected="above 1",
        required=True,
        differences="",
        registered=Verdict.REPRODUCED,
        reason="",
    )
    assert declared.blocks((0, 1)) == ()


def test_registered_otherwise_with_a_reason() -> None:
    declared = declare(WHERE, {**GIVEN, "registered": "not reproduced", "reason": "30 seeds"})
    assert declared.registered is Verdict.NOT_REPRODUCED
    assert declared.reason == "30 seeds"


@pytest.mark.parametrize("name", ["id", "title", "statement", "source", "kind", "expected"])
@pytest.mark.parametrize("empty", [True, False])
def test_missing_fields_name_the_line_to_add(name: str, empty: bool) -> None:
    given = {field: value for field, value in GIVEN.items() if field != name}
    if empty:
        given[name] = [] if name == "source" else ""
    with pytest.raises(ClaimError) as caught:
        declare(WHERE, given)
    assert str(caught.value) == f"{WHERE}: its claim marker lacks {name}; add {REQUIRED[name]}"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("colour", "red", "claim has no field 'colour'; expected id, title,"),
        ("id", "A.claim", "expected words of [a-z0-9_] joined by dots"),
        ("id", "a claim", "expected words of [a-z0-9_] joined by dots"),
        ("id", "../etc", "expected words of [a-z0-9_] joined by dots"),
        ("id", "a..b", "expected words of [a-z0-9_] joined by dots"),
        ("id", "a.b\n", "expected words of [a-z0-9_] joined by dots"),
        ("id", "a<b>", "expected words of [a-z0-9_] joined by dots"),
        ("id", 3, "given id=3; expected a string"),
        ("title", 3, "given title=3; expected a string"),
        ("source", "talk:44", "expected a list of lines"),
        ("source", ["talk:44", "page 3"], 'each as "talk:44"'),
        ("source", ["talk:44-46"], 'each as "talk:44"'),
        ("source", ["talk:0"], 'each as "talk:44"'),
        ("source", 44, "expected a list of lines"),
        ("source", [44], 'each as "talk:44"'),
        ("kind", "hearsay", "given kind='hearsay'; expected one of theory, empirical, finding"),
        ("required", "yes", "given required='yes'; expected True or False"),
        ("needs", [], "given needs=[]; expected seeds -> blocks"),
        ("registered", "maybe", "expected one of reproduced, not reproduced, inconclusive"),
        ("registered", "not run", "expected one of reproduced, not reproduced, inconclusive"),
        ("registered", "inconclusive", "registered 'inconclusive' without a reason"),
        ("reason", "why not", "remove the reason"),
    ],
)
def test_faulty_fields(field: str, value: object, says: str) -> None:
    with pytest.raises(ClaimError) as caught:
        declare(WHERE, {**GIVEN, field: value})
    assert str(caught.value).startswith(f"{WHERE}: ")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (
            claim("a.claim", source=""),
            f'{WHERE}: its claim marker lacks source; add source=["talk:N"]',
        ),
        (
            "def test_claim(): pass\n",
            f"{WHERE} has no claim marker; add @pytest.mark.claim(id=...)",
        ),
        (
            "@pytest.mark.claim('a.claim')\ndef test_claim(): pass\n",
            f"{WHERE}: given claim('a.claim',); expected keywords only",
        ),
        (
            claim("a.claim", name="headline"),
            "claims/transfer/one.py holds no claim; add a test function with a claim marker",
        ),
    ],
)
def test_a_fault_is_one_line_and_exit_code_2(
    judge: Callable[..., Session], code: str, says: str
) -> None:
    session = judge(one=code, two=claim("b.claim", *came_out("REPRODUCED")))
    assert session.code == 2
    assert session.err.strip() == f"ERROR: {says}"
    assert session.out.strip() == ""
    assert session.plugin.claims == ()


def test_a_fault_counts_though_its_claim_is_not_selected(judge: Callable[..., Session]) -> None:
    good = claim("b.claim", *came_out("REPRODUCED"))
    assert judge("--claim", "b.claim", one=claim("a.claim", kind=""), two=good).code == 2


def test_two_claims_with_one_id_name_both_files(judge: Callable[..., Session]) -> None:
    session = judge(one=claim("a.claim"), two=claim("a.claim"))
    assert session.code == 2
    assert session.err.strip() == (
        "ERROR: claims/transfer/one.py::test_claim and claims/transfer/two.py::test_claim "
        "both declare the claim 'a.claim'; rename one"
    )
