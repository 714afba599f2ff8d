"""Read the commands, files, edits and outputs in a Markdown file, so that tests can follow it.

`blocks(path)` returns the fenced blocks of a document. The meaning of a block depends on its language:

- `console`: commands, one per line; a backslash at the end continues a line. If lines start with "$ ",
  these are the commands, and the lines below each are its output: `commands(block)`.
  `shows(output, printed)` compares that with the real output.
- `diff`: an edit of the file that the paragraph before the block names last, in backquotes:
  `file(block)`, `edited(text, block)`. Lines "@@" separate the places.
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
"""Relative tolerance of decimals: runs differ a little between processors."""


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        language: the first word after the fence, "" if there is none.
        text: its text, with a line end after each line.
        heading: the nearest heading above it, "" if there is none.
        paragraph: the paragraph before it, its lines joined, "" if there is none.
        line: line number of its fence, from 1.
    """

    language: str
    text: str
    heading: str
    paragraph: str
    line: int


@dataclass(frozen=True)
class Command:
    """A command, and the output that the document shows ("" for none)."""

    words: str
    output: str


def blocks(path: Path) -> list[Block]:
    """Return all fenced blocks of a file, in order.

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
        # A blank line may separate the paragraph from the block.
        ended = not line.strip()
    if fence:
        raise ValueError(f"{path}, line {start}: a fence that is not closed")
    return found


def commands(block: Block) -> list[Command]:
    """Return the commands of a console block, with the output below each.

    Raises:
        ValueError: the block has output before its first command.
    """
    lines = block.text.splitlines()
    prompted = any(line.startswith("$ ") for line in lines)
    found: list[tuple[str, list[str]]] = []
    continued = False
    for line in lines:
        if continued:
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
        continued = words.endswith("\\")
        found[-1] = (words.removesuffix("\\").strip(), output)
    return [Command(words, "\n".join(output)) for words, output in found if words]


def file(block: Block) -> str:
    """Return the file of a block, which the paragraph before it names.

    Raises:
        ValueError: the paragraph names no file.
    """
    named = re.findall(r"`([\w./-]+\.\w+)`", block.paragraph)
    if not named:
        raise ValueError(f"line {block.line}: the paragraph before the block names no file")
    return str(named[-1])


def edited(text: str, block: Block) -> str:
    """Apply a diff block to a file's text.

    Raises:
        ValueError: the removed and unchanged lines of a part do not occur exactly once.
    """
    for part in re.split(r"^@@.*\n", block.text, flags=re.MULTILINE):
        lines = part.splitlines(keepends=True)
        if not lines:
            continue
        # An unchanged line starts with a space, which editors strip from blank lines.
        old = "".join(line[1:] if line != "\n" else line for line in lines if line[0] != "+")
        new = "".join(line[1:] if line != "\n" else line for line in lines if line[0] != "-")
        if (many := text.count(old)) != 1:
            raise ValueError(f"line {block.line}: {old!r} occurs {many} times in the file")
        text = text.replace(old, new)
    return text


def shows(output: str, printed: str, near: float = NEAR) -> bool:
    """Return True if all lines that a document shows were printed, in this order.

    "…" matches any text, and any lines if it is a whole line; white space is collapsed; a number with a
    decimal point may differ by `near`.

    Args:
        output: the output in the document.
        printed: the output of the command.
        near: relative tolerance; 0 for exact numbers.
    """
    rest = iter(printed.splitlines())
    wanted = [line for line in output.splitlines() if line.strip() not in {"", "…"}]
    return all(any(_matches(line, other, near) for other in rest) for line in wanted)


def _matches(shown: str, printed: str, near: float) -> bool:
    shown, printed = " ".join(shown.split()), " ".join(printed.split())
    pattern = re.escape(shown).replace("…", ".*?")
    pattern = re.sub(r"\d+\\\.\d+", r"(\\d+(?:\\.\\d+)?)", pattern)
    found = re.fullmatch(pattern, printed)
    if found is None:
        return False
    wanted = map(float, DECIMAL.findall(shown))
    pairs = zip(wanted, map(float, found.groups()), strict=True)
    return all(math.isclose(one, other, rel_tol=near) for one, other in pairs)
