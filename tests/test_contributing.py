"""The walkthroughs of CONTRIBUTING.md work as they say: each is done in a copy of the checkout."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.checkout import copied, run
from tests.documents import Block, blocks, commands, edited, file, shows

PROJECT = Path(__file__).resolve().parent.parent
TEXT = PROJECT / "CONTRIBUTING.md"
WALKTHROUGHS = ("A claim", "An algorithm", "A task")
NOT_RUN = {
    "python3.11 -m venv .venv",
    ". .venv/bin/activate",
    "python -m pip install -e '.[test]' -c constraints.txt nox",
    "nox -s lint typecheck tests",
}
"""What prepares and checks a whole checkout; the sessions are looked for in noxfile.py."""


def under(*headings: str) -> list[Block]:
    return [block for block in blocks(TEXT) if block.heading in headings]


@pytest.mark.parametrize("heading", WALKTHROUGHS)
def test_a_walkthrough_works(heading: str, tmp_path: Path) -> None:
    checkout = copied(tmp_path)
    for block in under(heading):
        if block.language == "diff":
            path = checkout / file(block)
            path.write_text(edited(path.read_text(encoding="utf-8"), block), encoding="utf-8")
            continue
        assert block.language == "console", f"line {block.line}: a block that nothing runs"
        for command in commands(block):
            code, printed = run(command.words, checkout)
            assert code == 0, f"{command.words}\n{printed}"
            assert shows(command.output, printed), f"{command.words}\n{printed}"


def test_every_block_is_run_or_excepted() -> None:
    others = [block for block in blocks(TEXT) if block.heading not in WALKTHROUGHS]
    assert {command.words for block in others for command in commands(block)} == NOT_RUN
    for heading in WALKTHROUGHS:
        first, *_ = commands(under(heading)[0])
        assert first.words.startswith("python -m repro new ")
        assert {block.language for block in under(heading)} == {"console", "diff"}


def test_every_session_that_is_named_is_there() -> None:
    tree = ast.parse((PROJECT / "noxfile.py").read_text(encoding="utf-8"))
    sessions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    named = [words.split("nox -s ")[1].split() for words in NOT_RUN if words.startswith("nox")]
    assert named
    assert {name for names in named for name in names} <= sessions
