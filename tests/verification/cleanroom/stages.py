"""What a newcomer does, according to the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.paths import PROJECT
from tests.support.documents import Block, blocks, commands, edited, file, shows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.verification.cleanroom.room import Room

ARTIFACT, CONTRIBUTING = PROJECT / "ARTIFACT.md", PROJECT / "CONTRIBUTING.md"
SETTING_UP, TYRES = "Setting up", "Kick the tyres"
WALKTHROUGHS = ("A claim", "An algorithm", "A value learner", "A task")
ACTIVATE = ". .venv/bin/activate"


class DocumentError(Exception):
    """A document's command did not do what the document says.

    Attributes:
        words: the command.
        printed: what it printed.
    """

    def __init__(self, words: str, printed: str) -> None:
        """Store both."""
        super().__init__(words)
        self.words, self.printed = words, printed


def under(page: Path, heading: str) -> list[Block]:
    """Return the blocks below a heading."""
    return [block for block in blocks(page) if block.heading == heading]


def set_up(room: Room) -> None:
    """Make the environment described in CONTRIBUTING.

    Raises:
        DocumentError: a command fails.
    """
    lines = [command.words for command in commands(under(CONTRIBUTING, SETTING_UP)[0])]
    assert ACTIVATE in lines, "the later stages start with it"
    _expect(room, lines)


def kick_the_tyres(room: Room) -> None:
    """Do the five minutes of ARTIFACT, and check what it says to expect.

    Raises:
        DocumentError: a command fails, or something is not as expected.
    """
    (block,) = under(ARTIFACT, TYRES)
    lines = [command.words for command in commands(block)]
    printed = _expect(room, [ACTIVATE, *lines])
    if "exit code 0" not in printed or not (room.clone / "build/audit/index.html").is_file():
        raise DocumentError(lines[-1], printed)


def walk_through(room: Room, heading: str) -> None:
    """Follow one walkthrough of CONTRIBUTING in the clone, then restore the clone.

    Raises:
        DocumentError: a command fails, or does not print what is shown.
    """
    for block in under(CONTRIBUTING, heading):
        if block.language == "diff":
            path = room.clone / file(block)
            path.write_text(edited(path.read_text(encoding="utf-8"), block), encoding="utf-8")
            continue
        assert block.language == "console", f"line {block.line}: a block that is not run"
        for command in commands(block):
            printed = _expect(room, [ACTIVATE, command.words])
            if not shows(command.output, printed):
                raise DocumentError(command.words, printed)
    room.tidy()


def _expect(room: Room, lines: list[str]) -> str:
    code, printed = room.run(lines)
    if code:
        raise DocumentError("; ".join(lines), f"{printed}\nexit code {code}")
    return printed
