"""Reading Markdown: its blocks, their commands, edits and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.documents import Block, Command, blocks, commands, edited, file, shows

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """# Title

Two
lines:

```console
$ one --two
out

$ three
```

Not this:
```python
x = 1
```
## Part `b` ##
````
```
inside
```
````

Old.

In `a/b.py` and `c.md`:

```diff
-x
```
"""


def block(text: str, paragraph: str = "", language: str = "console") -> Block:
    return Block(language, text, "", paragraph, 7)


def test_blocks_with_heading_and_paragraph(tmp_path: Path) -> None:
    path = tmp_path / "text.md"
    path.write_text(TEXT, encoding="utf-8")
    assert blocks(path) == [
        Block("console", "$ one --two\nout\n\n$ three\n", "Title", "Two lines:", 6),
        Block("python", "x = 1\n", "Title", "Not this:", 14),
        Block("", "```\ninside\n```\n", "Part `b`", "", 18),
        Block("diff", "-x\n", "Part `b`", "In `a/b.py` and `c.md`:", 28),
    ]


def test_a_fence_must_be_closed(tmp_path: Path) -> None:
    path = tmp_path / "text.md"
    path.write_text("a\n```console\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2: a fence that is not closed"):
        blocks(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb c\n", [Command("a", ""), Command("b c", "")]),
        ("a \\\n  b \\\n  c\nd\n", [Command("a b c", ""), Command("d", "")]),
        ("$ a\n1\n2\n$ b\n", [Command("a", "1\n2"), Command("b", "")]),
        ("$ a \\\n  b\n1\n", [Command("a b", "1")]),
        ("a\n\nb\n", [Command("a", ""), Command("b", "")]),
        ("", []),
    ],
)
def test_commands(text: str, expected: list[Command]) -> None:
    assert commands(block(text)) == expected


def test_output_needs_a_command() -> None:
    with pytest.raises(ValueError, match="line 7: output 'x' before any command"):
        commands(block("x\n$ a\n"))


def test_the_file_is_the_last_one_named() -> None:
    assert file(block("", "Of `some(code)`, in `a/b.py` and `c-d/e_f.md`:")) == "c-d/e_f.md"
    with pytest.raises(ValueError, match="line 7: the paragraph before the block names no file"):
        file(block("", "In that file, `x`:"))


@pytest.mark.parametrize(
    ("diff", "expected"),
    [
        ("-b\n+B\n", "a\nB\n\nc\nd\n"),
        (" a\n+a2\n", "a\na2\nb\n\nc\nd\n"),
        (" b\n\n-c\n", "a\nb\n\nd\n"),
        (" b\n \n-c\n", "a\nb\n\nd\n"),
        ("-a\n+1\n@@\n-d\n+4\n", "1\nb\n\nc\n4\n"),
        ("@@ somewhere\n-a\n", "b\n\nc\nd\n"),
    ],
)
def test_edits(diff: str, expected: str) -> None:
    assert edited("a\nb\n\nc\nd\n", block(diff)) == expected


@pytest.mark.parametrize("diff", ["-x\n", " a\n-c\n", "+new\n", "-a\n@@\n-a\n", "-a\n"])
def test_an_edit_must_fit_exactly_one_place(diff: str) -> None:
    text = "a\nb\nc\n" if diff != "-a\n" else "a\na\n"
    with pytest.raises(ValueError, match=r"line 7: '.*' occurs \d+ times in the file"):
        edited(text, block(diff))


PRINTED = "head\n  ✓ it  1.25 [1.1, 3]  10 (0)\nmore (words)\n"


@pytest.mark.parametrize(
    "output",
    [
        "",
        "head",
        "…\n✓ it 1.25 [1.1, 3] 10 (0)\n…",
        "head\nmore (words)",
        "✓ it 1.30 [1.0, 3] 10 (0)",
        "✓ it … 10 (0)",
        "✓ it 1.25 […",
        "more …)\n",
    ],
)
def test_shown_lines_were_printed(output: str) -> None:
    assert shows(output, PRINTED)


@pytest.mark.parametrize(
    "output",
    [
        "hea",
        "tail",
        "more (words)\nhead",
        "head\nhead",
        "✓ it 1.25 [1.1, 3] 11 (0)",
        "✓ it 1.25 [1.1, 4] 10 (0)",
        "✓ it 1.70 [1.1, 3] 10 (0)",
        "✗ it 1.25 [1.1, 3] 10 (0)",
        "more.words.",
        "… (0) …1",
    ],
)
def test_shown_lines_were_not_printed(output: str) -> None:
    assert not shows(output, PRINTED)


def test_tolerance_of_decimals() -> None:
    assert shows("it 1.5", "it 1.2")
    assert not shows("it 1.5", "it 1.1")
    assert shows("it 1.0", "it 1")
    assert not shows("it 1.25", "it 1.24", near=0)
    assert shows("it 1.25", "it 1.25", near=0)
