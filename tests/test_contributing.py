"""The clean room follows what CONTRIBUTING.md shows, and everything that it names exists."""

from __future__ import annotations

import ast
import doctest
import re
from typing import TYPE_CHECKING

import pytest

from repro.cli import commands as repro_commands
from repro.paths import PROJECT
from tests.support.documents import Block, Command, blocks, commands, edited, file, shows
from tests.verification.checkout import copy_checkout, run
from tests.verification.cleanroom.stages import CONTRIBUTING as TEXT
from tests.verification.cleanroom.stages import SETTING_UP, WALKTHROUGHS, under

if TYPE_CHECKING:
    from pathlib import Path

CHECKS = ["nox -s lint typecheck tests", "nox -s tests -- -m slow"]
"""Checks of a whole change, which the clean room does not run."""
COOKBOOK = "pycon"
"""Language of the examples that are run here."""


def test_the_cookbook_prints_what_it_shows() -> None:
    """The examples are one session: later ones use names of earlier ones."""
    text = "\n".join(block.text for block in blocks(TEXT) if block.language == COOKBOOK)
    example = doctest.DocTestParser().get_doctest(text, {}, "the cookbook", str(TEXT), 0)
    result = doctest.DocTestRunner().run(example)
    assert result.failed == 0
    assert result.attempted >= 20


@pytest.mark.slow
def test_the_first_walkthrough_prints_what_it_shows(tmp_path: Path) -> None:
    """The clean room follows all walkthroughs; this one trains nothing, so each change can try it."""
    copy = copy_checkout(tmp_path)
    for block in under(TEXT, WALKTHROUGHS[0]):
        if block.language == "diff":
            path = copy / file(block)
            path.write_text(edited(path.read_text(encoding="utf-8"), block), encoding="utf-8")
        for command in found(block):
            result = run(command.words, copy)
            assert result.code == 0, result.printed
            assert shows(command.output, result.out), result.printed


def test_every_block_is_run_or_excepted() -> None:
    followed = [*under(TEXT, SETTING_UP)[:1], *(b for h in WALKTHROUGHS for b in under(TEXT, h))]
    others = [b for b in blocks(TEXT) if b not in followed and b.language != COOKBOOK]
    assert [command.words for block in others for command in commands(block)] == CHECKS
    for heading in WALKTHROUGHS:
        first, *_ = commands(under(TEXT, heading)[0])
        assert first.words.startswith("python -m repro new ")
        assert {block.language for block in under(TEXT, heading)} == {"console", "diff"}


def test_named_sessions_and_commands_exist() -> None:
    text = TEXT.read_text(encoding="utf-8")
    tree = ast.parse((PROJECT / "noxfile.py").read_text(encoding="utf-8"))
    sessions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    named = " ".join(re.findall(r"nox -s ([a-z_ ]+)", text)).split()
    assert {"lint", "typecheck", "tests", "verify_claims"} <= set(named) <= sessions
    mentioned = set(re.findall(r"python -m repro ([a-z]+)", text))
    assert {"new", "run", "ship"} <= mentioned <= set(repro_commands())


def test_named_files_exist_or_are_created() -> None:
    text = TEXT.read_text(encoding="utf-8")
    places = set(re.findall(r"`((?:repro|claims|data|tests|\.ci)/[\w./]*)`", text))
    made = {command.output.split()[1] for command in new_commands()}
    assert {place for place in places if not (PROJECT / place).exists()} == made


def new_commands() -> list[Command]:
    every = [c for heading in WALKTHROUGHS for b in under(TEXT, heading) for c in found(b)]
    return [command for command in every if command.words.startswith("python -m repro new ")]


def found(block: Block) -> list[Command]:
    return commands(block) if block.language == "console" else []
