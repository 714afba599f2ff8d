"""The sample: one mutant per place, from a seed, independent of code elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from tests.verification.mutants.mutant import Spot, places, sample

PLUS, MINUS = "ReplaceBinaryOperator_Mul_Add", "ReplaceBinaryOperator_Mul_Sub"


def spots(lines: int = 200, below: int = 0) -> list[Spot]:
    """Two mutants in each line, `below` lines further down."""
    return [
        Spot("a.py", (below + i, 4), (below + i, 5), name, i, "f", f"x{i} = y * z")
        for name in (PLUS, MINUS)
        for i in range(1, lines + 1)
    ]


def test_a_place_is_drawn_once() -> None:
    drawn = sample(spots(), 200)
    assert len(drawn) == len({spot.start for spot in drawn}) == 200
    assert sample(spots(), 1000) == drawn  # there are no more places


def test_the_operator_at_a_place_is_drawn_as_well() -> None:
    """Of 200 fair draws 100 are expected, ± 4 standard deviations of √50."""
    done = Counter(spot.operator for spot in sample(spots(), 200))
    assert 72 <= done[PLUS] <= 128
    twice = [replace(s, operator="NumberReplacer", occurrence=n) for n, s in enumerate(spots())]
    odd = sum(spot.occurrence >= 200 for spot in sample(twice, 200))
    assert 72 <= odd <= 128


def test_places_are_drawn_evenly() -> None:
    """Of 100 out of 200 places 50 are expected below 101, ± 4 standard deviations (at most 5)."""
    low = sum(spot.start[0] <= 100 for spot in sample(spots(), 100))
    assert 30 <= low <= 70


def test_a_larger_sample_starts_with_the_smaller_one() -> None:
    assert sample(spots(), 50) == sample(reversed(spots()), 50) == sample(spots(), 120)[:50]
    assert sample(spots(), 50, seed=1) != sample(spots(), 50, seed=2)


def test_code_elsewhere_changes_nothing() -> None:
    moved = [spot.line for spot in sample(spots(below=7), 50)]
    assert moved == [spot.line for spot in sample(spots(), 50)]
    another = [replace(spot, path="b.py") for spot in spots()]
    both = [spot for spot in sample([*spots(), *another], 400) if spot.path == "a.py"]
    assert both == sample(spots(), 200)


def test_equal_lines_are_different_places() -> None:
    alike = [replace(spot, line="x = y * z") for spot in spots()]
    assert len(sample(alike, 1000)) == 200
    assert {spot.start[0] for spot in sample(alike, 20)} != set(range(1, 21))


def test_places_and_families() -> None:
    assert places(spots()) == {"a.py": 200}
    assert spots()[0].family == "BinaryOperator"
    assert replace(spots()[0], operator="AddNot").family == "AddNot"
