"""Tests that passed without mutants are run again only if they or the code have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.verification.mutants.timings import Timings
from tests.verification.mutants.trying import in_turn

if TYPE_CHECKING:
    from pathlib import Path


def test_timings_are_kept_while_test_and_code_are_the_same(tmp_path: Path) -> None:
    one, two, file = "test_one.py", "test_two.py", tmp_path / "timings.json"
    for name in (one, two):
        (tmp_path / name).write_text("one = 1\n", encoding="utf-8")
    usual = Timings(file, tmp_path, "code")
    assert usual.known([one, two]) == {}
    usual.add({one: 1.5})
    usual.add({two: 0.5})
    assert Timings(file, tmp_path, "code").known([two, one]) == {one: 1.5, two: 0.5}
    assert Timings(file, tmp_path, "other code").known([one, two]) == {}
    (tmp_path / two).write_text("two = 2\n", encoding="utf-8")
    assert usual.known([one, two]) == {one: 1.5}


def test_own_tests_come_first_then_quick_ones_then_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "credit"
    folder.mkdir(parents=True)
    seconds = {"indexing": 9.0, "slow": 5.0, "quick": 0.5, "quicker": 0.25, "slower": 7.0}
    for name in seconds:
        (folder / f"test_{name}.py").touch()
    usual = {f"tests/credit/test_{name}.py": spent for name, spent in seconds.items()}
    asked = in_turn(tmp_path, "repro/credit/indexing.py", usual)
    names = [[file.removeprefix("tests/credit/test_") for file in part] for part in asked]
    assert names == [["indexing.py"], ["quicker.py", "quick.py"], ["slow.py", "slower.py"]]
    assert in_turn(tmp_path, "repro/credit/value.py", dict.fromkeys(usual, 2.0)) == [sorted(usual)]
