"""The walkthroughs of CONTRIBUTING.md work as they say: each is done in a copy of the checkout."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from repro.cli import commands as repro_commands
from tests.checkout import PROJECT, copied, run
from tests.documents import Block, Command, blocks, commands, edited, file, shows

if TYPE_CHECKING:
    from pathlib import Path

TEXT = PROJECT / "CONTRIBUTING.md"
WALKTHROUGHS = ("A claim", "An algorithm", "A task")
NOT_RUN = {
    "python3.11 -m venv .venv",
    ". .venv/bin/activate",
    "python -m pip install -e '.[test]' -c constraints.txt nox",
    "nox -s lint typecheck tests",
}
"""What prepares and checks a whole checkout."""


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


def test_every_session_and_command_that_is_named_is_there() -> None:
    text = TEXT.read_text(encoding="utf-8")
    tree = ast.parse((PROJECT / "noxfile.py").read_text(encoding="utf-8"))
    sessions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    named = " ".join(re.findall(r"nox -s ([a-z_ ]+)", text)).split()
    assert {"lint", "typecheck", "tests", "verify_claims"} <= set(named) <= sessions
    told = set(re.findall(r"python -m repro ([a-z]+)", text))
    assert {"new", "run", "ship"} <= told <= set(repro_commands())


def test_every_file_that_is_named_is_there_or_made() -> None:
    text = TEXT.read_text(encoding="utf-8")
    places = set(re.findall(r"`((?:repro|claims|data|tests|\.ci)/[\w./]*)`", text))
    made = {command.output.split()[1] for command in new_commands()}
    assert {place for place in places if not (PROJECT / place).exists()} == made


def new_commands() -> list[Command]:
    every = [command for block in under(*WALKTHROUGHS) for command in found(block)]
    return [command for command in every if command.words.startswith("python -m repro new ")]


def found(block: Block) -> list[Command]:
    return commands(block) if block.language == "console" else []
