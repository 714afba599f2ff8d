"""A word is found by what a mutant changes, and told where it is about none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repro.paths import PROJECT
from tests.verification.mutants.test_ledger import ONE
from tests.verification.mutants.words import Word, obsolete, word_on, words

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """
[[survivor]]
path = "a.py"
before = "if x:"
after = "if not x:"
word = "x is never asked for"
"""


def test_words_by_file_and_change(tmp_path: Path) -> None:
    file = tmp_path / "survivors.toml"
    file.write_text(TEXT, encoding="utf-8")
    said = words(file)
    assert said == [Word("a.py", "if x:", "if not x:", "x is never asked for")]
    assert word_on(replace(ONE, line=99), said) == "x is never asked for"
    assert word_on(replace(ONE, after="if True:"), said) == ""
    assert word_on(replace(ONE, path="b.py"), said) == ""
    assert obsolete(said, [ONE], tmp_path) == said  # there is no such file
    code = tmp_path / "a.py"
    code.write_text("def f(x):\n    if x:\n        pass\n", encoding="utf-8")
    for tried in ([ONE], [], [replace(ONE, before="if y:", killed="test")]):
        assert obsolete(said, tried, tmp_path) == []
    assert obsolete(said, [replace(ONE, killed="test")], tmp_path) == said
    code.write_text("def f(y):\n    if y:\n        pass\n", encoding="utf-8")
    assert obsolete(said, [ONE], tmp_path) == said


def test_the_words_that_are_kept_can_be_read() -> None:
    said = words()
    assert all(word.word and word.before for word in said)
    assert len({(word.path, word.before, word.after) for word in said}) == len(said)
    assert obsolete(said, [], PROJECT) == []
