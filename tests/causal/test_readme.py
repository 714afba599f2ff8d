"""The page on audits: its examples print what it shows; that of another library is run by `nox -s oracle`."""

from __future__ import annotations

import re

import pytest

from repro.paths import PROJECT
from tests.support.documents import Block, blocks

PAGE = PROJECT / "repro" / "causal" / "README.md"
EXAMPLES = [
    block
    for block in blocks(PAGE)
    if block.language == "python" and "stable_baselines3" not in block.text
]


def test_each_level_has_an_example() -> None:
    headings = [block.heading for block in blocks(PAGE) if block.language == "python"]
    assert headings == ["A function of tensors"] * 2 + ["A module", "A library's agent"]
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: f"line {block.line}")
def test_the_examples_print_what_is_shown(block: Block, capsys: pytest.CaptureFixture[str]) -> None:
    code = block.text
    exec(compile(code, "README.md", "exec"), {"__name__": "page"})  # noqa: S102 - our own page
    promised = re.findall(r"^print\(.*\)  # (.*)$", code, re.MULTILINE)
    assert len(promised) == code.count("print(")
    assert capsys.readouterr().out.splitlines() == promised


def test_links_exist() -> None:
    text = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`(nox -s \w+)`", text))
    sessions = (PROJECT / "noxfile.py").read_text(encoding="utf-8")
    assert {one for one in named if f"def {one.split()[-1]}(" not in sessions} == set()
