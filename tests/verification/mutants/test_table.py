"""Shares with their intervals, counts and tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.verification.mutants.table import by, causes, in_words, markdown, share
from tests.verification.mutants.test_ledger import ONE

KILLED = replace(ONE, killed="test")


def test_the_interval_is_exact() -> None:
    """Clopper and Pearson's for 9 of 10 are 0.5550 and 0.9975; for n of n the lower is 0.025^(1/n)."""
    nine = share([ONE, *[KILLED] * 9])
    assert (nine["mutants"], nine["killed"], nine["share"]) == (10, 9, 0.9)
    assert nine["low"] == pytest.approx(0.5550, abs=5e-5)
    assert nine["high"] == pytest.approx(0.9975, abs=5e-5)
    assert in_words(nine) == "9 / 10 = 90.0 % [55.5, 99.7]"
    every = share([KILLED] * 20)
    assert every["low"] == pytest.approx(0.025 ** (1 / 20))
    assert every["high"] == 1


def test_counts() -> None:
    assert by([ONE, KILLED, replace(ONE, path="0.py")], "path") == [
        {"path": "0.py", "mutants": 1, "killed": 0},
        {"path": "a.py", "mutants": 2, "killed": 1},
    ]
    assert causes([KILLED, ONE, KILLED]) == [
        {"ended by": "nothing", "mutants": 1},
        {"ended by": "test", "mutants": 2},
    ]


def test_a_table_keeps_its_columns() -> None:
    assert (
        markdown([{"a": "x | y\nz", "b": 1}]) == "| a | b |\n| --- | --- |\n| x \\| y ⏎ z | 1 |\n"
    )
    assert markdown([]) == "none\n"
