"""A disk that is full from any operation on: a message, nothing lost, and fine once there is space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repro.errors import RecordError
from repro.records.store import Store
from tests.support.shipping import CLEAN, record
from tests.verification.crash.files import Counted, Full, watched
from tests.verification.crash.small import PARENT, observe, unclear

if TYPE_CHECKING:
    from pathlib import Path


def test_a_record_is_written_completely_or_not_at_all(tmp_path: Path) -> None:
    made, count = record(PARENT), Counted()
    with watched(tmp_path, count):
        Store(tmp_path).save(made, CLEAN)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(before) == 2
    for first, name in enumerate(count.operations):
        if "unlink" in name or "replace" in name or name.startswith("mkdir"):
            continue
        with watched(tmp_path, Full(first)), pytest.raises(RecordError, match="No space left"):
            Store(tmp_path).save(made, {**CLEAN, "seconds": 3.0})
        assert set(tmp_path.iterdir()) == set(before), name
        assert Store(tmp_path).load(PARENT) is not None, name


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("fsync store", "give another --store"),  # the check for space before training
        ("open .progress", ""),
        ("write the rest .checkpoint", "training continues without"),
        ("write .npz", "make room or give another folder"),
        ("fsync .npz", "make room or give another folder"),
        ("open .json", "make room or give another folder"),
        ("write the rest .json", "make room or give another folder"),
    ],
)
def test_training_on_a_disk_that_is_full_from_there_on(
    tmp_path: Path, at: str, message: str
) -> None:
    count = Counted()
    whole = observe(tmp_path / "whole" / "store", count, (PARENT,))
    operation, _, ending = at.rpartition(" ")
    first = next(
        number
        for number, name in enumerate(count.operations)
        if name.startswith(operation) and ending in name
    )
    store = tmp_path / "store"
    store.parent.mkdir(exist_ok=True)
    seen = observe(store, Full(first), (PARENT,))
    assert unclear(seen) == []
    assert message in " ".join(seen.lines)
    assert all("No space left on device" in line for line in seen.lines)
    again = observe(store, blocks=(PARENT,))
    assert again.lines == []
    assert again.payloads == whole.payloads
    assert len(again.names) == 2
