"""Sessions of claims: selection, and the records that claims are judged on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from repro.errors import TrainingError, UserError
from repro.protocol.blocks import Block
from repro.training.start import check
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


PREFIXES = claim("a.head", *outcome("REPRODUCED")) + claim(
    "a.head_direction", *outcome("REPRODUCED"), name="test_direction"
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
        (
            ("-k", "zebra"),
            "no claim is selected by -k 'zebra'; choose from: a.head, a.head_direction",
        ),
        (("-k", "haed"), "no claim is selected by -k 'haed'; did you mean head or a.head?"),
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


def test_deselected_claims_are_counted_by_pytest(judge: Callable[..., Session]) -> None:
    session = judge("-v", "--claim", "a.head", one=PREFIXES)
    assert "1 deselected, 1 reproduced in" in session.out


def test_collecting_lists_the_declarations_and_judges_nothing(
    judge: Callable[..., Session],
) -> None:
    session = judge("--collect-only", one=PREFIXES)
    assert session.code == 0
    assert session.plugin.claims == ()
    assert [declared.id for declared in session.plugin.declarations] == [
        "a.head",
        "a.head_direction",
    ]


def test_a_file_that_cannot_be_imported_is_bad_input(judge: Callable[..., Session]) -> None:
    session = judge(one=PREFIXES, two="import no_such_module\n")
    assert session.code == 2
    assert "No module named 'no_such_module'" in session.out
    assert session.plugin.claims == ()


def test_a_file_that_exits_when_it_is_imported_is_bad_input(judge: Callable[..., Session]) -> None:
    session = judge(one=PREFIXES, two="raise SystemExit(0)\n")
    assert session.code == 2
    assert session.err.strip() == (
        "ERROR: claims/transfer/two.py cannot be read: it exits the program; it must only declare claims"
    )
    assert session.plugin.claims == ()


def test_files_with_an_underscore_are_not_collected(judge: Callable[..., Session]) -> None:
    session = judge(_shared="import no_such_module\n", test_one=PREFIXES)
    assert session.code == 0
    assert len(session.plugin.claims) == 2


def test_progress_is_printed_but_not_a_claims_own_output(
    judge: Callable[..., Session],
) -> None:
    def provide(blocks: Sequence[Block]) -> Mapping[Block, object]:
        sys.stderr.write("halfway")
        return {block: block.name for block in blocks}

    prints = "import sys; print('chatter'); print('chatter', file=sys.stderr)"
    code = claim("a.claim", prints, *outcome("REPRODUCED"), needs="lambda s: [ONE]")
    session = judge(one=code, provide=provide)
    assert session.err == "halfway"
    assert "chatter" not in session.out


def test_a_block_that_cannot_be_trained_is_bad_input_and_names_the_file(
    judge: Callable[..., Session],
) -> None:
    needs = (
        "lambda s: [transfer('ppo', 'linear_chain.last', s, changes={'scale_concentrations': 2})]"
    )
    code = "from repro.protocol.blocks import transfer\n" + claim("a.one", "pass", needs=needs)
    session = judge(one=code, check=check)
    assert (session.code, session.asked) == (2, [])
    assert (
        "claims/transfer/one.py: ppo/linear_chain.last/scale_concentrations=2: scale_concentrations applies "
        "to societies of bidders, and ppo is none; expected scale_logits"
    ) in session.err


def test_an_epoch_that_was_not_kept_is_bad_input_and_names_the_file(
    judge: Callable[..., Session],
) -> None:
    needs = "lambda s: [transfer('ppo', 'linear_chain.last', s, from_epoch=100)]"
    code = "from repro.protocol.blocks import transfer\n" + claim("a.one", "pass", needs=needs)
    session = judge(one=code)
    assert session.code == 2
    assert (
        "claims/transfer/one.py: claim a.one: its needs raise ppo/linear_chain.last/" in session.err
    )
    assert "keeps the weights of 400, 950, 1500 and of its last epoch" in session.err
