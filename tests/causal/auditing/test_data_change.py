"""Changes of data: real numbers by different amounts, whole ones in reverse order, settings not at all."""

from __future__ import annotations

from collections import deque, namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from repro.causal.auditing.data_change import DataChange

Pair = namedtuple("Pair", ["action", "reward"])  # noqa: PYI024 - a record of old code


@dataclass(frozen=True)
class Record:
    """A record that cannot be written to."""

    reward: float
    end: bool


def changed(way: str, *data: Any) -> DataChange:  # noqa: ANN401 - arrays and lists
    change = DataChange(data)
    change.way = way
    change.apply()
    return change


def test_nothing_changes_without_a_way() -> None:
    array = np.ones(2)
    DataChange([array]).apply()
    assert array.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("way", "least", "most"), [("real", 0, 1), ("up", 1, 99), ("down", -99, -1)]
)
def test_real_numbers_change_each_by_another_amount(way: str, least: float, most: float) -> None:
    array, listed = np.full(5, 2.0, dtype=np.float32), [2.0, 2.0]
    changed(way, array, listed)
    moved = np.array([*array, *listed]) - 2
    assert len(np.unique(moved)) == 7
    assert (least < moved).all() and (moved < most).all()  # noqa: PT018 - one interval


def test_whole_numbers_and_truth_values_are_reversed() -> None:
    actions, ends, listed = np.array([[3, 1], [2, 0]]), np.array([True, False]), [1, 5, 2]
    real = np.array([0.5, 1.5])
    changed("whole", actions, ends, listed, real)
    assert actions.tolist() == [[0, 2], [1, 3]]
    assert ends.tolist() == [False, True]
    assert listed == [2, 5, 1]
    assert real.tolist() == [0.5, 1.5]


def test_real_zeros_and_ones_change_in_a_way_of_their_own() -> None:
    ends = np.array([0.0, 1.0])
    changed("real", ends)
    changed("up", ends)
    assert ends.tolist() == [0, 1]
    changed("truths", ends)
    assert (ends != [0, 1]).all()


def test_records_in_lists_are_replaced_and_stay_what_they_are() -> None:
    first, second, third = Pair(3, 0.5), {"reward": 0.5, "name": "x"}, Record(0.5, end=True)
    kept = deque([first]), [second], [third, Record(0.25, end=False)]
    changed("real", *kept)
    (pair,), (found,), (record, _) = kept
    assert isinstance(pair, Pair)
    assert pair.action == 3
    assert pair.reward != 0.5
    assert (found["name"], found["reward"] != 0.5) == ("x", True)
    assert isinstance(record, Record)
    assert (record.end, record.reward != 0.5) == (True, True)
    # The records themselves may be used elsewhere.
    assert (first.reward, second["reward"], third.reward) == (0.5, 0.5, 0.5)


def test_numbers_at_one_place_of_records_are_reversed_together() -> None:
    kept = [(0, 7, True), (1, 8, False), (2, 9, False)]
    changed("whole", kept)
    assert kept == [(2, 9, False), (1, 8, False), (0, 7, True)]


def test_parts_of_one_array_have_the_numbers_that_they_had_first() -> None:
    whole = np.array([0.5, 1.5, 2.5])
    change = changed("real", whole, whole[1:])
    assert change.changed.before.tolist() == [0.5, 1.5, 2.5, 1.5, 2.5]
    assert change.changed.after.tolist() == [*whole, *whole[1:]]


def test_one_alone_changes() -> None:
    first, second = np.array([0.5]), [0.5]
    change = DataChange([first, {"gamma": 0.9}, second, []])
    assert len(change) == 2
    change.way, change.only = "real", 1
    change.apply()
    assert first.tolist() == [0.5]
    assert second != [0.5]
