"""Sessions of claims: the records that claims are judged on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repro.errors import TrainingError, UserError
from repro.protocol.blocks import Block
from repro.verdicts import Verdict
from tests.plugin.conftest import SEEDS, claim, outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.plugin.conftest import Session


ONE, TWO, THREE = (Block("ppo", name, (0, 1), 5) for name in ("one", "two", "three"))
RECORDED = {
    "REPRODUCED": {},
    "NOT": {"recorded": "'not reproduced'", "reason": "'30 seeds say so'"},
    "INCONCLUSIVE": {"recorded": "'inconclusive'", "reason": "'30 seeds say so'"},
}


NEEDY = (
    claim(
        "a.one",
        "assert runs(ONE) == 'ppo/one/epochs=5'",
        *outcome("REPRODUCED"),
        needs="lambda s: [ONE, TWO]",
    )
    + claim(
        "a.two",
        "assert runs(TWO) == 'ppo/two/epochs=5'",
        *outcome("REPRODUCED"),
        name="test_two",
        needs="lambda s: (TWO, THREE)",
    )
    + claim("a.none", *outcome("REPRODUCED"), name="test_none")
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
    session = judge(one=claim("a.claim", *outcome("REPRODUCED"), needs=needs))
    assert session.asked == [(Block("ppo", "one", SEEDS, 5),)]


def test_a_claim_gets_the_seeds(judge: Callable[..., Session]) -> None:
    code = claim("a.claim", *outcome("REPRODUCED"), f"assert seeds == {SEEDS}")
    session = judge(one=code.replace("(record, runs)", "(record, runs, seeds)"))
    assert session.code == 0


@pytest.mark.parametrize(
    ("needs", "says"),
    [
        ("lambda s: 1 / 0", "claim a.claim: its needs raise ZeroDivisionError('division by zero')"),
        ("lambda s: ['ppo']", "claim a.claim: its needs contain 'ppo'; expected blocks only"),
    ],
)
def test_faulty_needs_are_bad_input(judge: Callable[..., Session], needs: str, says: str) -> None:
    session = judge(one=claim("a.claim", *outcome("REPRODUCED"), needs=needs))
    assert session.code == 2
    assert says in session.err
    assert session.asked == []


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (TrainingError("NaN in the loss"), "ppo/one/epochs=5 failed: NaN in the loss"),
        (None, "ppo/one/epochs=5 has no record"),
    ],
)
def test_a_block_that_failed_leaves_its_claims_not_run(
    judge: Callable[..., Session], one: Exception | None, why: str
) -> None:
    def provide(_blocks: Sequence[Block]) -> Mapping[Block, object]:
        return {TWO: "ppo/two/epochs=5", **({} if one is None else {ONE: one})}

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
    assert session.out.rstrip().endswith("\nclaims: 2 reproduced, 1 not run")


def test_the_reason_for_the_recorded_outcome_is_kept_if_the_claim_is_not_run(
    judge: Callable[..., Session],
) -> None:
    code = claim("a.claim", "raise TrainingError('NaN')", **RECORDED["NOT"])
    (result,) = judge(one=code).plugin.claims
    assert result.explanation == "NaN (recorded not reproduced: 30 seeds say so)"


def test_records_that_cannot_be_made_at_all_are_bad_input(judge: Callable[..., Session]) -> None:
    def provide(_blocks: Sequence[Block]) -> Mapping[Block, object]:
        raise UserError("no room on the disk")

    session = judge(one=NEEDY, provide=provide)
    assert (session.code, session.err.strip()) == (2, "ERROR: no room on the disk")
    assert {result.verdict for result in session.plugin.claims} == {Verdict.NOT_RUN}


def test_a_bug_in_making_records_is_not_a_success(judge: Callable[..., Session]) -> None:
    def provide(_blocks: Sequence[Block]) -> Mapping[Block, object]:
        raise RuntimeError("a bug")

    code = claim("a.claim", *outcome("REPRODUCED"), required="False", needs="lambda s: [ONE]")
    session = judge(one=code, provide=provide)
    assert session.code == 3
    assert "RuntimeError: a bug" in session.out + session.err


def test_interrupted_while_records_are_made(judge: Callable[..., Session]) -> None:
    def provide(_blocks: Sequence[Block]) -> Mapping[Block, object]:
        raise KeyboardInterrupt

    session = judge(one=NEEDY, provide=provide)
    assert session.code == 130
    assert {result.verdict for result in session.plugin.claims} == {Verdict.NOT_RUN}
    assert "verdict" not in session.out


@pytest.mark.slow
def test_interrupted_while_claims_are_judged(judge: Callable[..., Session]) -> None:
    code = claim("a.one", *outcome("NOT")) + claim(
        "a.two", "raise KeyboardInterrupt", name="test_two"
    )
    session = judge(one=code)
    assert session.code == 130
    assert [result.verdict.value for result in session.plugin.claims] == [
        "not reproduced",
        "not run",
    ]
    assert session.plugin.claims[1].explanation == "the session ended before it was judged"
