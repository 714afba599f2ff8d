"""Faults in a claim's marker: each is one line on stderr, before anything is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from repro.errors import ClaimError
from repro.plugin.declaration import MARGIN, REQUIRED, Declaration, declare
from repro.verdicts import Margin, Verdict
from tests.plugin.conftest import claim, outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugin.conftest import Session

GIVEN = {
    "id": "a.claim",
    "title": "A title",
    "statement": "A statement.",
    "source": ["talk:44"],
    "kind": "theory",
    "expected": "above 1",
    "controls": {"the two arms swapped": "not reproduced"},
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
        controls={"the two arms swapped": (Verdict.NOT_REPRODUCED,)},
        margin=None,
        required=True,
        differences="",
        recorded=Verdict.REPRODUCED,
        reason="",
        scope="",
        group="",
        study=False,
    )
    assert declared.blocks((0, 1)) == ()


def test_a_claim_of_the_study_is_judged_alone_by_the_study_tier() -> None:
    """Each command names one tier at most, also if the claim is judged at another one."""
    command = "nox -s verify_claims -- --claim a.claim"
    assert declare(WHERE, GIVEN).command == command
    declared = declare(WHERE, {**GIVEN, "kind": "explanation", "study": True})
    assert (declared.kind, declared.study) == ("explanation", True)
    assert declared.command == f"{command} --tier study"
    assert declared.command_with(" --tier audit") == f"{command} --tier audit"


def test_a_verdict_may_say_how_far_it_reaches_whatever_is_recorded() -> None:
    assert declare(WHERE, {**GIVEN, "scope": "one setting"}).scope == "one setting"
    other = {**GIVEN, "recorded": "inconclusive", "reason": "few", "scope": "one setting"}
    assert declare(WHERE, other).scope == "one setting"
    with pytest.raises(ClaimError, match="given scope=3; expected a string"):
        declare(WHERE, {**GIVEN, "scope": 3})


def test_another_recorded_outcome_needs_a_reason() -> None:
    declared = declare(WHERE, {**GIVEN, "recorded": "not reproduced", "reason": "30 seeds"})
    assert declared.recorded is Verdict.NOT_REPRODUCED
    assert declared.reason == "30 seeds"


def test_the_suggested_lines_are_valid() -> None:
    lines = [line.replace("talk:N", "talk:1") for line in REQUIRED.values()]
    margin, _, imported = MARGIN.partition(", with ")
    code = f"{imported.strip('`')}\ngiven = dict({', '.join([*lines, margin])})"
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own code
    assert declare(WHERE, names["given"]).margin == Margin(low=1.0)


@pytest.mark.parametrize(
    "name", ["id", "title", "statement", "source", "kind", "expected", "controls"]
)
@pytest.mark.parametrize("empty", [True, False])
def test_missing_fields_name_the_line_to_add(name: str, empty: bool) -> None:
    given = {field: value for field, value in GIVEN.items() if field != name}
    if empty:
        given[name] = {"source": [], "controls": {}}.get(name, "")
    with pytest.raises(ClaimError) as caught:
        declare(WHERE, given)
    assert str(caught.value) == f"{WHERE}: its claim marker has no {name}; add {REQUIRED[name]}"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("colour", "red", "claim has no field 'colour'; did you mean source?"),
        ("id", "A.claim", "expected words of [a-z0-9_] joined by dots"),
        ("id", "a claim", "expected words of [a-z0-9_] joined by dots"),
        ("id", "../etc", "expected words of [a-z0-9_] joined by dots"),
        ("id", "../x", "given id='../x'; expected words of [a-z0-9_] joined by dots"),
        ("id", "a/b", "given id='a/b'; expected words of [a-z0-9_] joined by dots"),
        ("id", "a\\b", "expected words of [a-z0-9_] joined by dots"),
        ("id", "..", "expected words of [a-z0-9_] joined by dots"),
        ("id", "<b>", "given id='<b>'; expected words of [a-z0-9_] joined by dots"),
        ("id", "a\nb", "expected words of [a-z0-9_] joined by dots"),
        ("id", "é", "expected words of [a-z0-9_] joined by dots"),
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
        (
            "kind",
            "hearsay",
            "given kind='hearsay'; expected one of theory, empirical, consistency, explanation, finding",
        ),
        ("required", "yes", "given required='yes'; expected True or False"),
        ("study", "yes", "given study='yes'; expected True or False"),
        ("study", 1, "given study=1; expected True or False"),
        ("study", None, "given study=None; expected True or False"),
        ("needs", [], "given needs=[]; expected seeds -> blocks"),
        ("registered", "reproduced", "no field 'registered'; did you mean required or recorded?"),
        ("controls", "swapped", "given controls='swapped'; expected the name of each control"),
        ("controls", ["swapped"], 'the verdicts that it may have, as {"the two arms swapped"'),
        ("controls", {3: "inconclusive"}, "given the control 3; expected a name in words"),
        ("controls", {" ": "inconclusive"}, "given the control ' '; expected a name"),
        ("controls", {"x": "reproduced"}, "given the verdicts 'reproduced' for the control 'x'; e"),
        ("controls", {"x": "not run"}, "expected one or more of not reproduced, inconclusive"),
        ("controls", {"x": "failed"}, "expected one or more of not reproduced, inconclusive"),
        (
            "controls",
            {"x": ("inconclusive", "reproduced")},
            "given the verdicts ('inconclusive', 'reproduced') for the con",
        ),
        ("controls", {"x": ()}, "given the verdicts () for the control 'x'; expected one or more"),
        ("controls", {"x": ""}, "given the verdicts '' for the control 'x'; expected one or more"),
        ("controls", {"x": [["inconclusive"]]}, "expected one or more of not reproduced"),
        (
            "controls",
            {"x": None},
            "given the verdicts None for the control 'x'; expected one or more",
        ),
        ("margin", 1.0, "given margin=1.0; expected a Margin, as Margin(low=1.0)"),
        ("margin", (0.5, 2.0), "given margin=(0.5, 2.0); expected a Margin"),
        ("recorded", "maybe", "expected one of reproduced, not reproduced, inconclusive"),
        ("recorded", "not run", "expected one of reproduced, not reproduced, inconclusive"),
        ("recorded", "inconclusive", "recorded='inconclusive' without a reason"),
        ("reason", "why not", "remove the reason"),
    ],
)
def test_invalid_fields(field: str, value: object, says: str) -> None:
    with pytest.raises(ClaimError) as caught:
        declare(WHERE, {**GIVEN, field: value})
    assert str(caught.value).startswith(f"{WHERE}: ")
    assert says in str(caught.value)


def test_controls_are_tuples_of_verdicts_in_their_order() -> None:
    words = {"b": ["inconclusive", Verdict.NOT_REPRODUCED], "a": Verdict.INCONCLUSIVE}
    declared = declare(WHERE, {**GIVEN, "controls": words})
    assert list(declared.controls.items()) == [
        ("b", (Verdict.INCONCLUSIVE, Verdict.NOT_REPRODUCED)),
        ("a", (Verdict.INCONCLUSIVE,)),
    ]
    assert all(type(v) is Verdict for verdicts in declared.controls.values() for v in verdicts)


@pytest.mark.parametrize("kind", ["theory", "finding"])
def test_only_an_empirical_claim_needs_a_margin(kind: str) -> None:
    assert declare(WHERE, {**GIVEN, "kind": kind}).margin is None
    margin = Margin(high=2.0)
    assert declare(WHERE, {**GIVEN, "kind": kind, "margin": margin}).margin is margin
    assert declare(WHERE, {**GIVEN, "kind": "empirical", "margin": margin}).margin is margin
    with pytest.raises(ClaimError) as caught:
        declare(WHERE, {**GIVEN, "kind": "empirical"})
    assert str(caught.value) == f"{WHERE}: its claim marker has no margin; add {MARGIN}"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (
            claim("a.claim", source=""),
            f'{WHERE}: its claim marker has no source; add source=["talk:N"]',
        ),
        (
            claim("a.claim", controls=""),
            f"{WHERE}: its claim marker has no controls; add {REQUIRED['controls']}",
        ),
        (
            claim("a.claim", margin=""),
            f"{WHERE}: its claim marker has no margin; add {MARGIN}",
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
            "claims/transfer/one.py has no claim; add a test function with a claim marker",
        ),
    ],
)
def test_an_invalid_claim_is_one_line_and_exit_code_2(
    judge: Callable[..., Session], code: str, says: str
) -> None:
    session = judge(one=code, two=claim("b.claim", *outcome("REPRODUCED")))
    assert session.code == 2
    assert session.err.strip() == f"ERROR: {says}"
    assert session.out.strip() == ""
    assert session.plugin.claims == ()


def test_an_invalid_claim_is_an_error_even_if_not_selected(judge: Callable[..., Session]) -> None:
    good = claim("b.claim", *outcome("REPRODUCED"))
    assert judge("--claim", "b.claim", one=claim("a.claim", kind=""), two=good).code == 2


def test_two_claims_with_one_id_name_both_files(judge: Callable[..., Session]) -> None:
    session = judge(one=claim("a.claim"), two=claim("a.claim"))
    assert session.code == 2
    assert session.err.strip() == (
        "ERROR: claims/transfer/one.py::test_claim and claims/transfer/two.py::test_claim "
        "both declare the claim 'a.claim'; rename one"
    )
