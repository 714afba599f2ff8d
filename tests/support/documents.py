"""Reading what a Markdown file shows, so that a test can do it: commands, files, edits, output.

A document's fenced blocks are `blocks(path)`. What a block means depends on its language:

- `console`: commands, one a line, a backslash at the end of a line going on with the next. If lines
  begin with "$ ", these are the commands, and what stands below each is its output: `commands(block)`.
  `shows(output, printed)` compares it with what a command really prints.
- `diff`: an edit of the file that is named last in the paragraph before the block, in backquotes:
  `file(block)`, `edited(text, block)`. Lines "@@" part one place from the next.
- `python` and others: `block.text`, a whole file if the paragraph before it names one.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FENCE = re.compile(r" {0,3}(`{3,})\s*(\w*)")
HEADING = re.compile(r"(#+) (.*?)\s*#*$")
DECIMAL = re.compile(r"\d+\.\d+")
NEAR = 0.25
"""How far decimals may be from those shown, as a share: runs differ a little between processors."""


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        language: the first word after the fence, "" if there is none.
        text: what is fenced, with a line end after each line.
        heading: the heading above it that is nearest, "" if there is none.
        paragraph: the paragraph before it, its lines joined, "" if there is none.
        line: number of the line with its fence, counted from 1.
    """

    language: str
    text: str
    heading: str
    paragraph: str
    line: int


@dataclass(frozen=True)
class Command:
    """A command, and what a document says it prints ("" if nothing)."""

    words: str
    output: str


def blocks(path: Path) -> list[Block]:
    """All fenced blocks of a file, in order.

    Raises:
        ValueError: a fence is not closed.
    """
    found: list[Block] = []
    heading = paragraph = fence = language = ""
    start, body, ended = 0, list[str](), True
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if fence and line.strip() != fence:
            body.append(line)
        elif fence:
            text = "".join(f"{one}\n" for one in body)
            found.append(Block(language, text, heading, paragraph, start))
            fence = paragraph = ""
        elif opened := FENCE.match(line):
            fence, language = opened.groups()
            start, body = number, []
        elif titled := HEADING.match(line):
            heading, paragraph = titled[2], ""
        elif line.strip():
            paragraph = line.strip() if ended else f"{paragraph} {line.strip()}".strip()
        # What stands before a block may be parted from it by a blank line.
        ended = not line.strip()
    if fence:
        raise ValueError(f"{path}, line {start}: a fence that nothing closes")
    return found


def commands(block: Block) -> list[Command]:
    """The commands of a console block, with the output below each.

    Raises:
        ValueError: the block has output before its first command.
    """
    lines = block.text.splitlines()
    prompted = any(line.startswith("$ ") for line in lines)
    found: list[tuple[str, list[str]]] = []
    goes_on = False
    for line in lines:
        if goes_on:
            words, output = found.pop()
            found.append((f"{words} {line.strip()}", output))
        elif line.startswith("$ ") or not prompted:
            found.append((line.removeprefix("$ "), []))
        elif not found:
            raise ValueError(f"line {block.line}: output {line!r} before any command")
        else:
            found[-1][1].append(line)
            continue
        words, output = found[-1]
        goes_on = words.endswith("\\")
        found[-1] = (words.removesuffix("\\").strip(), output)
    return [Command(words, "\n".join(output)) for words, output in found if words]


def file(block: Block) -> str:
    """The file that a block shows or edits, as the paragraph before it names it.

    Raises:
        ValueError: it names none.
    """
    named = re.findall(r"`([\w./-]+\.\w+)`", block.paragraph)
    if not named:
        raise ValueError(f"line {block.line}: the paragraph before the block names no file")
    return str(named[-1])


def edited(text: str, block: Block) -> str:
    """Apply a diff block to a file's text.

    Raises:
        ValueError: what a part of it takes away or keeps does not stand there just once.
    """
    for part in re.split(r"^@@.*\n", block.text, flags=re.MULTILINE):
        lines = part.splitlines(keepends=True)
        if not lines:
            continue
        # A line that stays has a space before it, which editors strip from lines that are blank.
        old = "".join(line[1:] if line != "\n" else line for line in lines if line[0] != "+")
        new = "".join(line[1:] if line != "\n" else line for line in lines if line[0] != "-")
        if (many := text.count(old)) != 1:
            raise ValueError(f"line {block.line}: {old!r} stands {many} times in the file")
        text = text.replace(old, new)
    return text


def shows(output: str, printed: str, near: float = NEAR) -> bool:
    """Whether all lines that a document shows were printed, in this order.

    "…" stands for any text, a line of its own for any lines; blanks count as one; a number with a
    decimal point may be off by `near` as a share of it.

    Args:
        output: as the document has it.
        printed: by the command.
        near: see above; 0 for the very numbers.
    """
    rest = iter(printed.splitlines())
    wanted = [line for line in output.splitlines() if line.strip() not in {"", "…"}]
    return all(any(_alike(line, other, near) for other in rest) for line in wanted)


def _alike(shown: str, printed: str, near: float) -> bool:
    shown, printed = " ".join(shown.split()), " ".join(printed.split())
    pattern = re.escape(shown).replace("…", ".*?")
    pattern = re.sub(r"\d+\\\.\d+", r"(\\d+(?:\\.\\d+)?)", pattern)
    found = re.fullmatch(pattern, printed)
    if found is None:
        return False
    wanted = map(float, DECIMAL.findall(shown))
    pairs = zip(wanted, map(float, found.groups()), strict=True)
    return all(math.isclose(one, other, rel_tol=near) for one, other in pairs)
