"""Sessions of claims: verdicts against registrations, exit codes, selection, records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repro.errors import TrainingError, UserError
from repro.experiment import Block
from repro.results import Measured
from repro.verdicts import Verdict
from tests.claims.conftest import CONTROL, SEEDS, came_out, claim

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.claims.conftest import Session

ONE, TWO, THREE = (Block("ppo", name, (0, 1), 5) for name in ("one", "two", "three"))
REGISTERED = {
    "REPRODUCED": {},
    "NOT": {"registered": "'not reproduced'", "reason": "'30 seeds say so'"},
    "INCONCLUSIVE": {"registered": "'inconclusive'", "reason": "'30 seeds say so'"},
}


@pytest.mark.parametrize(
    ("registered", "verdict", "symbol", "remark", "code", "theory_code"),
    [
        ("REPRODUCED", "REPRODUCED", "✓ reproduced", "", 0, 0),
        ("REPRODUCED", "NOT", "! not reproduced", "flipped, registered reproduced", 1, 1),
        ("REPRODUCED", "INCONCLUSIVE", "! inconclusive", "drift, registered reproduced", 0, 1),
        ("NOT", "REPRODUCED", "! reproduced", "flipped, registered not reproduced", 1, 1),
        ("NOT", "NOT", "✗ not reproduced", "as registered", 0, 0),
        ("NOT", "INCONCLUSIVE", "! inconclusive", "drift, registered not reproduced", 0, 1),
        ("INCONCLUSIVE", "REPRODUCED", "! reproduced", "drift, registered inconclusive", 0, 1),
        ("INCONCLUSIVE", "NOT", "! not reproduced", "drift, registered inconclusive", 0, 1),
        ("INCONCLUSIVE", "INCONCLUSIVE", "? inconclusive", "as registered", 0, 0),
    ],
)
@pytest.mark.parametrize("kind", ["empirical", "theory", "finding"])
def test_verdict_against_registration(
    judge: Callable[..., Session],
    registered: str,
    verdict: str,
    symbol: str,
    remark: str,
    code: int,
    theory_code: int,
    kind: str,
) -> None:
    optional = {"required": "False"} if kind == "finding" else {}
    fields = {**REGISTERED[registered], "kind": repr(kind), **optional}
    session = judge(one=claim("a.claim", *came_out(verdict), **fields))
    assert session.code == {"empirical": code, "theory": theory_code, "finding": 0}[kind]
    row = session.row("a.claim")
    assert row.startswith(symbol + " ")
    assert row.endswith(remark or "1/1")
    assert "passed" not in session.out


def test_the_result_holds_what_the_claim_declared_and_recorded(
    judge: Callable[..., Session],
) -> None:
    code = claim(
        "a.claim",
        "import time",
        "record.detail('against PPOF', Estimate(3.0, 2.0, 4.0), NOT)",
        "record.detail('epochs', 412)",
        "record.outcome(INCONCLUSIVE, Estimate(2.0, 1.5, 2.5, 'times'), n=10, censored=1)",
        "record.control('swapped', INCONCLUSIVE, (NOT, INCONCLUSIVE))",
        "record.figure('curves')",
        "time.sleep(0.05)",
        differences="'one pass'",
        source="['talk:43', 'talk:44']",
        kind="'theory'",
        **REGISTERED["INCONCLUSIVE"],
    )
    (result,) = judge(one=code).plugin.claims
    assert (result.id, result.title, result.statement) == ("a.claim", "A title", "A statement.")
    assert (result.source, result.kind, result.required) == (("talk:43", "talk:44"), "theory", True)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.registered is Verdict.INCONCLUSIVE
    assert (result.expected, result.differences) == ("above 1", "one pass")
    assert result.explanation == "30 seeds say so"
    assert result.measured == Measured(2.0, 1.5, 2.5, "times")
    assert (result.n, result.censored, result.figures) == (10, 1, ("curves",))
    first, second = result.details
    assert (first.label, first.value, first.low, first.high) == ("against PPOF", 3.0, 2.0, 4.0)
    assert first.verdict is Verdict.NOT_REPRODUCED
    assert (second.value, second.low, second.high, second.verdict) == (412.0, None, None, None)
    (control,) = result.controls
    assert (control.what, control.verdict) == ("swapped", Verdict.INCONCLUSIVE)
    assert control.expected == (Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE)
    assert result.command == "nox -s verify_claims -- --claim a.claim"
    assert 0.05 <= result.seconds < 5
    assert result.machine_independent


@pytest.mark.parametrize(("required", "code"), [("True", 1), ("False", 0)])
def test_a_control_that_comes_out_reproduced_fails_the_run(
    judge: Callable[..., Session], required: str, code: int
) -> None:
    body = ("record.outcome(REPRODUCED, None)", "record.control('swapped', REPRODUCED, NOT)", CONTROL)
    session = judge(one=claim("a.claim", *body, required=required))
    assert session.code == code
    assert session.row("a.claim").startswith("! reproduced ")
    assert " 1/2" in session.row("a.claim")
    assert (
        "a.claim: control 'swapped' came out reproduced, declared not reproduced" in session.out
    )


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ((CONTROL,), "claim a.claim ended without an outcome; call record.outcome"),
        (("record.outcome(REPRODUCED, None)",), "ended without a negative control"),
        (("record.control('split', NOT, (NOT, REPRODUCED))",), "never 'reproduced'"),
        (("record.control('split', NOT, ())",), "control 'split' expects nothing"),
        (("record.outcome('fine', None)",), "'fine' is no verdict; expected one of reproduced, not"),
        (("record.outcome(NOT, None)", "record.outcome(NOT, None)"), "a second outcome"),
        (("record.figure('../x')",), "figure '../x'; expected words of [a-z0-9_]"),
        (("runs(ONE)",), "claim a.claim asks for ppo/one; add the block to its needs"),
    ],
)
def test_a_claim_that_breaks_the_rules_is_bad_input(
    judge: Callable[..., Session], body: tuple[str, ...], says: str
) -> None:
    session = judge(one=claim("a.claim", *body, required="False"))
    assert session.code == 2
    assert session.row("a.claim").startswith("– not run ")
    assert says in session.out
    assert "Traceback" not in session.out
    assert "record." not in session.out.replace("call record.", "")
    (result,) = session.plugin.claims
    assert result.verdict is Verdict.NOT_RUN
    assert says in result.explanation


def test_a_bug_in_a_claim_shows_its_traceback_and_is_not_run(judge: Callable[..., Session]) -> None:
    session = judge(one=claim("a.claim", *came_out("NOT"), "1 / 0"))
    assert session.code == 3
    assert "ZeroDivisionError: division by zero" in session.out
    assert ">       1 / 0" in session.out.replace("    1 / 0", "       1 / 0")
    assert session.row("a.claim").startswith("– not run ")
    (result,) = session.plugin.claims
    assert (result.measured, result.controls) == (None, ())
    assert result.explanation == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_fixture_that_fails_leaves_the_claim_not_run(
    judge: Callable[..., Session], when: str
) -> None:
    steps = ["yield"] if when == "before" else []
    code = claim("a.claim", *came_out("REPRODUCED"))
    fixture = "\n    ".join(
        ["@pytest.fixture(autouse=True)\ndef data():", *steps, "raise OSError('gone')", "yield"]
    )
    session = judge(one=f"{fixture}\n{code}")
    assert session.code == 3
    assert session.plugin.claims[0].explanation == "OSError: gone"
    assert "0 reproduced" not in session.out
    assert session.out.rstrip().endswith("\n1 not run")


def test_a_skipped_claim_is_not_run(judge: Callable[..., Session]) -> None:
    session = judge(one=claim("a.claim", "pytest.skip('no time')"))
    assert session.code == 3
    assert session.plugin.claims[0].explanation == "Skipped: no time"


NEEDY = (
    claim("a.one", "assert runs(ONE) == 'ppo/one'", *came_out("REPRODUCED"), needs="lambda s: [ONE, TWO]")
    + claim(
        "a.two",
        "assert runs(TWO) == 'ppo/two'",
        *came_out("REPRODUCED"),
        name="test_two",
        needs="lambda s: (TWO, THREE)",
    )
    + claim("a.none", *came_out("REPRODUCED"), name="test_none")
)


@pytest.mark.parametrize(
    ("args", "asked"),
    [
        ((), [(ONE, TWO, THREE)]),
        (("--claim", "a.two"), [(TWO, THREE)]),
        (("--claim", "a.none", "--claim", "a.one"), [(ONE, TWO)]),
        (("-k", "a.two or a.none"), [(TWO, THREE)]),
        (("--claim", "a.none"), []),
        (("--collect-only",), []),
    ],
)
def test_needs_are_gathered_once_for_the_selected_claims(
    judge: Callable[..., Session], args: tuple[str, ...], asked: list[tuple[Block, ...]]
) -> None:
    session = judge(*args, one=NEEDY)
    assert session.code == 0
    assert session.asked == asked


def test_needs_are_made_from_the_seeds(judge: Callable[..., Session]) -> None:
    needs = "lambda seeds: [Block('ppo', 'one', seeds, 5)]"
    session = judge(one=claim("a.claim", *came_out("REPRODUCED"), needs=needs))
    assert session.asked == [(Block("ppo", "one", SEEDS, 5),)]


@pytest.mark.parametrize(
    ("needs", "says"),
    [
        ("lambda s: 1 / 0", "claim a.claim: its needs raise ZeroDivisionError('division by zero')"),
        ("lambda s: ['ppo']", "claim a.claim: its needs hold 'ppo'; expected blocks only"),
    ],
)
def test_faulty_needs_are_bad_input(judge: Callable[..., Session], needs: str, says: str) -> None:
    session = judge(one=claim("a.claim", *came_out("REPRODUCED"), needs=needs))
    assert session.code == 2
    assert says in session.err
    assert session.asked == []


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (TrainingError("NaN in the loss"), "ppo/one failed: NaN in the loss"),
        (None, "ppo/one has no record."),
    ],
)
def test_a_block_that_failed_leaves_its_claims_not_run(
    judge: Callable[..., Session], one: Exception | None, why: str
) -> None:
    def provide(_blocks: Sequence[Block]) -> Mapping[Block, object]:
        return {TWO: "ppo/two", **({} if one is None else {ONE: one})}

    session = judge(one=NEEDY, provide=provide)
    assert session.code == 3
    assert [result.verdict.value for result in session.plugin.claims] == [
        "not run",
        "reproduced",
        "reproduced",
    ]
    assert session.plugin.claims[0].explanation == why
    assert f"a.one was not run: {why}" in session.out
    assert "Traceback" not in session.out
    assert session.out.rstrip().endswith("\n2 reproduced, 1 not run")


def test_a_reason_for_the_registration_is_kept_beside_why_it_was_not_run(
    judge: Callable[..., Session],
) -> None:
    code = claim("a.claim", "raise TrainingError('NaN.')", **REGISTERED["NOT"])
    (result,) = judge(one=code).plugin.claims
    assert result.explanation == "NaN. 30 seeds say so"


def test_records_that_cannot_be_made_at_all_are_bad_input(judge: Callable[..., Session]) -> None:
    def provide(_blocks: Sequence[Block]) -> Mapping[Block, object]:
        raise UserError("no room on the disk")

    session = judge(one=NEEDY, provide=provide)
    assert (session.code, session.err.strip()) == (2, "ERROR: no room on the disk")
    assert {result.verdict for result in session.plugin.claims} == {Verdict.NOT_RUN}


def test_interrupted_while_records_are_made(judge: Callable[..., Session]) -> None:
    def provide(_blocks: Sequence[Block]) -> Mapping[Block, object]:
        raise KeyboardInterrupt

    session = judge(one=NEEDY, provide=provide)
    assert session.code == 130
    assert {result.verdict for result in session.plugin.claims} == {Verdict.NOT_RUN}
    assert "verdict" not in session.out


def test_interrupted_while_claims_are_judged(judge: Callable[..., Session]) -> None:
    code = claim("a.one", *came_out("NOT")) + claim(
        "a.two", "raise KeyboardInterrupt", name="test_two"
    )
    session = judge(one=code)
    assert session.code == 130
    assert [result.verdict.value for result in session.plugin.claims] == ["not reproduced", "not run"]
    assert session.plugin.claims[1].explanation == "the session ended before it was judged."


FLIPPED = claim("a.flipped", *came_out("NOT"))
NOT_RUN = claim("a.unrun", "raise TrainingError('NaN')", name="test_unrun")
BROKEN = claim("a.broken", name="test_broken")


@pytest.mark.parametrize(
    ("code", "claims"),
    [(1, FLIPPED), (3, FLIPPED + NOT_RUN), (2, FLIPPED + NOT_RUN + BROKEN), (2, BROKEN + FLIPPED)],
)
def test_exit_code_2_before_3_before_1(
    judge: Callable[..., Session], code: int, claims: str
) -> None:
    assert judge(one=claims).code == code


def test_stopping_at_the_first_failure_leaves_the_rest_not_run(
    judge: Callable[..., Session],
) -> None:
    session = judge("-x", one=FLIPPED + claim("b.b", *came_out("REPRODUCED"), name="test_b"))
    assert session.code == 3
    assert [result.verdict.value for result in session.plugin.claims] == ["not reproduced", "not run"]


PREFIXES = claim("a.head", *came_out("REPRODUCED")) + claim(
    "a.head_direction", *came_out("REPRODUCED"), name="test_direction"
)


@pytest.mark.parametrize(
    ("args", "ids"),
    [
        ((), ["a.head", "a.head_direction"]),
        (("--claim", "a.head"), ["a.head"]),
        (("--claim", "a.head_direction"), ["a.head_direction"]),
        (("--claim", "a.head", "--claim", "a.head_direction"), ["a.head", "a.head_direction"]),
        (("-k", "a.head"), ["a.head", "a.head_direction"]),
        (("-k", "a.head_d"), ["a.head_direction"]),
        (("-k", "test_direction"), ["a.head_direction"]),
        (("-k", "a.head and not direction"), ["a.head"]),
        (("--claim", "a.head", "-k", "a.head"), ["a.head"]),
    ],
)
def test_selection(judge: Callable[..., Session], args: tuple[str, ...], ids: list[str]) -> None:
    session = judge(*args, one=PREFIXES)
    assert session.code == 0
    assert [result.id for result in session.plugin.claims] == ids
    assert [declared.id for declared in session.plugin.declarations] == ids


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--claim", "a.haed"), "unknown claim 'a.haed'; did you mean a.head"),
        (("--claim", "a.head", "--claim", "a.x"), "unknown claim 'a.x'"),
        (("-k", "zebra"), "no claim is selected; choose from: a.head, a.head_direction"),
        (("-k", "a.head and"), "Wrong expression passed to '-k'"),
    ],
)
def test_selecting_nothing_is_bad_input(
    judge: Callable[..., Session], args: tuple[str, ...], says: str
) -> None:
    session = judge(*args, one=PREFIXES)
    assert session.code == 2
    assert session.err.startswith("ERROR: ")
    assert says in session.err
    assert "INTERNALERROR" not in session.out + session.err


def test_collecting_lists_the_declarations_and_judges_nothing(judge: Callable[..., Session]) -> None:
    session = judge("--collect-only", one=PREFIXES)
    assert session.code == 0
    assert session.plugin.claims == ()
    assert [declared.id for declared in session.plugin.declarations] == ["a.head", "a.head_direction"]


def test_a_file_that_cannot_be_imported_is_bad_input(judge: Callable[..., Session]) -> None:
    session = judge(one=FLIPPED, two="import no_such_module\n")
    assert session.code == 2
    assert "No module named 'no_such_module'" in session.out
    assert session.plugin.claims == ()


def test_files_with_an_underscore_hold_no_claims(judge: Callable[..., Session]) -> None:
    session = judge(_shared="import no_such_module\n", test_one=PREFIXES)
    assert session.code == 0
    assert len(session.plugin.claims) == 2
