"""Sessions of claims: which claims are selected and collected, and which files are bad input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from repro.training.start import check
from tests.plugin.conftest import claim, outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from repro.protocol.blocks import Block
    from tests.plugin.conftest import Session


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
