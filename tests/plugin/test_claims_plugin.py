"""Sessions of claims: verdicts against the recorded outcome, exit codes, selection, records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repro.protocol.blocks import Block
from repro.verdicts import Margin, Measured, PerSeedValues, Verdict
from tests.plugin.conftest import CONTROL, claim, outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugin.conftest import Session

ONE, TWO, THREE = (Block("ppo", name, (0, 1), 5) for name in ("one", "two", "three"))
RECORDED = {
    "REPRODUCED": {},
    "NOT": {"recorded": "'not reproduced'", "reason": "'30 seeds say so'"},
    "INCONCLUSIVE": {"recorded": "'inconclusive'", "reason": "'30 seeds say so'"},
}


PICTURES = "from matplotlib.figure import Figure\nfrom repro.figures import Picture\n"


@pytest.mark.parametrize(
    ("recorded", "verdict", "symbol", "remark", "code", "theory_code"),
    [
        ("REPRODUCED", "REPRODUCED", "✓ reproduced", "", 0, 0),
        ("REPRODUCED", "NOT", "! not reproduced", "flipped, recorded reproduced", 1, 1),
        ("REPRODUCED", "INCONCLUSIVE", "! inconclusive", "drifted, recorded reproduced", 0, 1),
        ("NOT", "REPRODUCED", "! reproduced", "flipped, recorded not reproduced", 1, 1),
        ("NOT", "NOT", "✗ not reproduced", "as recorded", 0, 0),
        ("NOT", "INCONCLUSIVE", "! inconclusive", "drifted, recorded not reproduced", 0, 1),
        ("INCONCLUSIVE", "REPRODUCED", "! reproduced", "drifted, recorded inconclusive", 0, 1),
        ("INCONCLUSIVE", "NOT", "! not reproduced", "drifted, recorded inconclusive", 0, 1),
        ("INCONCLUSIVE", "INCONCLUSIVE", "? inconclusive", "as recorded", 0, 0),
    ],
)
@pytest.mark.parametrize("kind", ["empirical", "theory"])
def test_verdict_against_the_recorded_outcome(
    judge: Callable[..., Session],
    recorded: str,
    verdict: str,
    symbol: str,
    remark: str,
    code: int,
    theory_code: int,
    kind: str,
) -> None:
    fields = {**RECORDED[recorded], "kind": repr(kind)}
    session = judge(one=claim("a.claim", *outcome(verdict), **fields))
    assert session.code == (theory_code if kind == "theory" else code)
    row = session.row("a.claim")
    assert row.startswith(symbol + " ")
    assert row.endswith(remark or "1/1")
    assert "passed" not in session.out


@pytest.mark.parametrize("verdict", ["NOT", "INCONCLUSIVE"])
def test_a_claim_that_is_not_required_does_not_fail_the_run(
    judge: Callable[..., Session], verdict: str
) -> None:
    session = judge(one=claim("a.claim", *outcome(verdict), kind="'theory'", required="False"))
    assert session.code == 0
    assert "recorded reproduced" in session.row("a.claim")


@pytest.mark.parametrize(("kind", "code"), [("empirical", 0), ("finding", 0), ("theory", 1)])
def test_drift_fails_the_run_only_if_the_machine_cannot_be_the_cause(
    judge: Callable[..., Session], kind: str, code: int
) -> None:
    assert judge(one=claim("a.claim", *outcome("INCONCLUSIVE"), kind=repr(kind))).code == code


def test_the_result_has_what_the_claim_declared_and_recorded(
    judge: Callable[..., Session],
) -> None:
    code = claim(
        "a.claim",
        "import time",
        "record.detail('against PPOF', Estimate(3.0, 2.0, 4.0), NOT)",
        "record.detail('epochs', 412)",
        "record.outcome(INCONCLUSIVE, Estimate(2.0, 1.5, 2.5, 'times'), n=10, censored=1)",
        "record.points('PPO', 'epochs', [7, 9], [False, True])",
        "record.control('swapped', INCONCLUSIVE, Estimate(1.0, 0.5, 1.5))",
        "record.figure(Picture('curves', 'Curves that rise.', Figure()))",
        "time.sleep(0.05)",
        controls="{'swapped': (NOT, 'inconclusive')}",
        margin="Margin(1.0, 3.0, 2.5)",
        differences="'one pass'",
        source="['talk:43', 'talk:44']",
        kind="'theory'",
        **RECORDED["INCONCLUSIVE"],
    )
    plugin = judge(one=PICTURES + code).plugin
    (result,) = plugin.claims
    assert (result.id, result.title, result.statement) == ("a.claim", "A title", "A statement.")
    assert (result.source, result.kind, result.required) == (("talk:43", "talk:44"), "theory", True)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.recorded is Verdict.INCONCLUSIVE
    assert (result.expected, result.differences) == ("above 1", "one pass")
    assert result.explanation == "30 seeds say so"
    assert result.measured == Measured(2.0, 1.5, 2.5, "times")
    assert (result.n, result.censored, result.figures) == (10, 1, ("curves",))
    assert [picture.alt for picture in plugin.pictures] == ["Curves that rise."]
    first, second = result.details
    assert (first.label, first.value, first.low, first.high) == ("against PPOF", 3.0, 2.0, 4.0)
    assert first.verdict is Verdict.NOT_REPRODUCED
    assert (second.value, second.low, second.high, second.verdict) == (412.0, None, None, None)
    (control,) = result.controls
    assert (control.what, control.verdict) == ("swapped", Verdict.INCONCLUSIVE)
    assert control.expected == (Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE)
    assert result.margin == Margin(1.0, 3.0, 2.5)
    assert result.points == (PerSeedValues("PPO", "epochs", (7.0, 9.0), (False, True)),)
    assert result.command == "nox -s verify_claims -- --claim a.claim"
    assert 0.05 <= result.seconds < 5
    assert result.machine_independent


@pytest.mark.parametrize(("required", "code"), [("True", 1), ("False", 0)])
def test_a_reproduced_control_fails_the_run(
    judge: Callable[..., Session], required: str, code: int
) -> None:
    body = (
        "record.outcome(REPRODUCED, Estimate(2.0, 1.5, 2.5))",
        "record.control('swapped', REPRODUCED, Estimate(2.0, 1.5, 2.5))",
        CONTROL,
    )
    controls = "{'swapped': 'not reproduced', 'swapped arms': 'not reproduced'}"
    session = judge(one=claim("a.claim", *body, required=required, controls=controls))
    assert session.code == code
    assert session.row("a.claim").startswith("! reproduced ")
    assert " 1/2" in session.row("a.claim")
    assert "a.claim: control 'swapped' is reproduced, declared not reproduced" in session.out


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ((CONTROL,), "it ended without an outcome; call record.outcome"),
        (
            ("record.outcome(REPRODUCED, Estimate(2.0, 1.5, 2.5))",),
            "it ended without the control 'swapped arms', which its marker declares",
        ),
        (("record.control('split', NOT)",), "control 'split' is not declared; the marker declares"),
        (
            ("record.outcome('fine', None)",),
            "'fine' is not a verdict; expected one of reproduced, not",
        ),
        (("record.outcome(NOT, None)", "record.outcome(NOT, None)"), "a second outcome"),
        (("record.figure('curves')",), "given the figure 'curves'; expected a Picture"),
        (("runs(ONE)",), "given runs(ppo/one/epochs=5); add the block to the claim's needs"),
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
    assert ">   " not in session.out
    (result,) = session.plugin.claims
    assert result.verdict is Verdict.NOT_RUN
    assert says in result.explanation


def test_a_bug_in_a_claim_shows_its_traceback_and_is_not_run(judge: Callable[..., Session]) -> None:
    session = judge(one=claim("a.claim", *outcome("NOT"), "1 / 0"))
    assert session.code == 3
    assert "ZeroDivisionError: division by zero" in session.out
    assert ">       1 / 0\n" in session.out
    assert "short test summary" not in session.out
    assert session.row("a.claim").startswith("– not run ")
    (result,) = session.plugin.claims
    assert (result.measured, result.controls) == (None, ())
    assert result.explanation == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_fixture_that_fails_leaves_the_claim_not_run(
    judge: Callable[..., Session], when: str
) -> None:
    steps = ["yield"] if when == "before" else []
    code = claim("a.claim", *outcome("REPRODUCED"))
    fixture = "\n    ".join(
        ["@pytest.fixture(autouse=True)\ndef data():", *steps, "raise OSError('gone')", "yield"]
    )
    session = judge(one=f"{fixture}\n{code}")
    assert session.code == 3
    assert session.plugin.claims[0].explanation == "OSError: gone"
    assert "0 reproduced" not in session.out
    assert session.out.rstrip().endswith("\nclaims: 1 not run")


def test_a_skipped_claim_is_not_run(judge: Callable[..., Session]) -> None:
    session = judge(one=claim("a.claim", "pytest.skip('no time')"))
    assert session.code == 3
    assert session.plugin.claims[0].explanation == "Skipped: no time"


FLIPPED = claim("a.flipped", *outcome("NOT"))
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
    session = judge("-x", one=FLIPPED + claim("b.b", *outcome("REPRODUCED"), name="test_b"))
    assert session.code == 3
    assert [result.verdict.value for result in session.plugin.claims] == [
        "not reproduced",
        "not run",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("def judge(:", "SyntaxError: "),
        (
            "from repro.verdicts import Margin\nMargin(3.0, 1.0)",
            "ClaimError: margin: given [3.0, 1.0]",
        ),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_in_a_line(
    judge: Callable[..., Session], code: str, why: str
) -> None:
    session = judge("--claim=transfer.bad", good=claim("transfer.good"), bad=code)
    assert session.code == 2
    (line,) = (one for one in session.out.splitlines() if "cannot be read" in one)
    assert line.startswith("claims/transfer/bad.py cannot be read: ")
    assert why in line
    assert "unknown claim" not in session.err
    assert "Traceback" not in session.out
