"""Defects planted in the project itself; the properties must find each."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from repro.causal import Answer
from repro.cli import list as list_command
from repro.plugin import validation
from repro.records.record import Record
from repro.records.store import Store
from repro.storage.npz import unpack
from repro.verdicts import Estimate, Verdict
from tests.verification.fuzz import declared, programs, records
from tests.verification.fuzz.bounds import ViolationError, writing_to
from tests.verification.fuzz.commands import check_words
from tests.verification.fuzz.oddities import Made

if TYPE_CHECKING:
    from pathlib import Path

    from repro.protocol.blocks import Block

SHARES = programs.Woven(shares=True, hidden="curved sum", route="", detour="", around="")
OUTSIDE: tuple[Any, ...] = (
    ("outcome", (Verdict.REPRODUCED, Estimate(0.5, 0.4, 0.6)), {}),
    ("control", ("swapped", Verdict.NOT_REPRODUCED, Estimate(0.5, 0.4, 0.6)), {}),
)


def test_records_that_are_not_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = dict(records.files("store"))
    first, second = (name for name in made if name.startswith(("cvs", "ppo-")) and "npz" in name)
    made[first], made[second] = made[second], made[first]
    swapped = Made(made, ("swap",))
    with writing_to(tmp_path):
        assert "cannot be used" in records.check_store(swapped)

    def unchecked(store: Store, block: Block) -> Record:
        return Record.of(block, unpack(store.path(block, "npz").read_bytes()), {})

    monkeypatch.setattr(Store, "_read", unchecked)
    (tmp_path / "store").rename(tmp_path / "before")
    with writing_to(tmp_path), pytest.raises(ViolationError, match="is not what was computed"):
        records.check_store(swapped)


def test_an_audit_that_calls_everything_modular(monkeypatch: pytest.MonkeyPatch) -> None:
    assert programs.check_woven(SHARES) == ""
    pairs = dict.fromkeys((("a", "b"), ("a", "c"), ("b", "c")), Answer.MODULAR)
    monkeypatch.setattr(programs, "audit", lambda *_: SimpleNamespace(pairs=pairs))
    with pytest.raises(ViolationError, match="were called modular"):
        programs.check_woven(SHARES)


def test_a_command_with_a_bug(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def bug() -> list[dict[str, Any]]:
        raise LookupError

    monkeypatch.setitem(list_command.LISTS, "tasks", bug)
    with writing_to(tmp_path), pytest.raises(LookupError):
        check_words(("list", "tasks"))


def test_a_margin_that_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "outside the margin" in declared.check_recording(OUTSIDE)
    monkeypatch.setattr(validation, "respects_margin", lambda *_: None)
    with pytest.raises(ViolationError, match=r"reproduced with 0.5 outside of \[1.0, inf\]"):
        declared.check_recording(OUTSIDE)
