"""The program itself: it detects what is wrong, and fails."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from repro.execution.status import Outcome, Status
from repro.records.store import Store
from repro.storage import checksum
from tests.support.shipping import CLEAN, record
from tests.verification.crash import records
from tests.verification.crash.damage import cut, flipped
from tests.verification.crash.experiment import BLOCKS, CHILD, INDEPENDENT, PARENT, as_json
from tests.verification.crash.files import Counted, Full, ReadOnly, watched
from tests.verification.crash.kills import Result
from tests.verification.crash.report import report, uncovered
from tests.verification.crash.rows import Row
from tests.verification.crash.small import CHILD as SMALL
from tests.verification.crash.small import Seen, observe, unclear
from tests.verification.crash.state import (
    LEAST,
    PHASES,
    Held,
    epochs_done,
    faults,
    payloads,
    phase,
    unused,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NOTHING = Held(recorded=False, epoch=None)
DONE = Held(recorded=True, epoch=None)


def at(epoch: int) -> Held:
    return Held(recorded=False, epoch=epoch)


@pytest.fixture
def ended(tmp_path: Path) -> Store:
    """The store of a finished experiment, next to an empty log."""
    store = Store(tmp_path / "store")
    for block in BLOCKS:
        store.save(record(block, 40), CLEAN)
    (tmp_path / "log").touch()
    return store


def test_a_good_experiment_has_no_faults(ended: Store, tmp_path: Path) -> None:
    assert faults(ended.folder, payloads(ended.folder), 0, tmp_path / "log") == []


@pytest.mark.parametrize(
    ("spoil", "printed"),
    [
        (lambda store: store.save(record(CHILD, 40, noise=1), CLEAN), "has different bytes"),
        (lambda store: store.path(CHILD, "npz").unlink(), "has different bytes"),
        (lambda store: store.path(CHILD, "json").unlink(), "is missing"),
        (lambda store: store.path(CHILD, "json").write_text("{}"), "cannot be read"),
        (lambda store: store.path(INDEPENDENT, "checkpoint").touch(), "checkpoint is left"),
        (lambda store: (store.folder / "a.json.host-1.tmp").touch(), "tmp is left"),
        (lambda store: (store.folder / "a.npz.faulty").touch(), "faulty is left"),
        (lambda store: (store.folder.parent / "log").write_text("Traceback (most"), "Traceback"),
    ],
)
def test_faults_of_a_store_are_detected(
    ended: Store, tmp_path: Path, spoil: Callable[[Store], object], printed: str
) -> None:
    expected = payloads(ended.folder)
    spoil(ended)
    assert printed in "; ".join(faults(ended.folder, expected, 0, tmp_path / "log"))


def test_an_exit_code_is_a_fault(ended: Store, tmp_path: Path) -> None:
    assert faults(ended.folder, payloads(ended.folder), 1, tmp_path / "log") == ["exit code 1"]


def test_the_phase_of_a_kill(tmp_path: Path) -> None:
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "a.progress").touch()
    found = [
        phase(folder, {PARENT: parent, CHILD: child, INDEPENDENT: NOTHING})
        for folder, parent, child in (
            (tmp_path / "gone", NOTHING, NOTHING),
            (tmp_path / "begun", NOTHING, NOTHING),
            (tmp_path, at(3), NOTHING),
            (tmp_path, DONE, NOTHING),
            (tmp_path, DONE, at(3)),
            (tmp_path, DONE, DONE),
        )
    ]
    assert found == list(PHASES)


def test_epochs_trained_again_are_counted(tmp_path: Path) -> None:
    held = {PARENT: DONE, CHILD: at(120), INDEPENDENT: NOTHING}
    assert epochs_done(held) == PARENT.epochs + 120
    # By hand: two seeds, 256 steps; 180 of 300 epochs, and 100 of 100.
    ended = [
        Status(PARENT, Outcome.STORED),
        Status(CHILD, Outcome.RESUMED, transitions=92160, attempts=1),
        Status(INDEPENDENT, Outcome.TRAINED, transitions=51200, attempts=1),
    ]
    printed = tmp_path / "printed"
    printed.write_bytes(as_json(ended))
    assert unused(held, printed) == []
    (wrong,) = unused({**held, CHILD: at(119)}, printed)
    assert CHILD.name in wrong


def results() -> list[Result]:
    return [
        Result(f"kill {number}", phases=(name,), epochs=(number,))
        for number, (name, least) in enumerate(zip(PHASES, LEAST, strict=True))
        for _ in range(least)
    ]


def test_every_phase_needs_kills() -> None:
    assert uncovered(results()) == []
    (line,) = uncovered(results()[1:])
    assert line.startswith(f"2 kills were in the phase {PHASES[0]!r}, expected at least 3")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, 0),
        ({"result": replace(results()[0], faults=("different bytes",))}, 1),
        ({"result": Result("orphans 0", faults=("a worker lived on",))}, 1),
        ({"row": Row("a byte flipped", 3, "", ("it was accepted as a record",))}, 1),
    ],
)
def test_the_exit_code(tmp_path: Path, changed: dict[str, Result | Row], code: int) -> None:
    found = [*results(), Row("a file cut", 20, "x /tmp/a/b.json says"), *changed.values()]
    assert report(found, 3.0).conclude(tmp_path) == code
    printed = (tmp_path / "crash.md").read_text()
    assert ("WRONG" in printed) == (bool(code) and "kill 0" not in str(changed))
    assert "| a file cut | 20 | ok | x …/b.json says |" in printed
    assert len(json.loads((tmp_path / "crash.json").read_text())["faults"]) == 1 + (
        "row" in changed
    )
    assert report(found[1:], 3.0).conclude(tmp_path) == 1  # a phase without kills


def test_number_and_place_of_damages() -> None:
    whole = bytes(range(256)) * 4
    flips = [content for _, content in flipped(whole, 60)]
    assert len(set(flips)) == 60
    for content in flips:
        (place,) = (i for i in range(1024) if content[i] != whole[i])
        assert (content[place] ^ whole[place]).bit_count() == 1
    assert flips[0][0] != whole[0]
    assert flips[-1][-1] != whole[-1]
    lengths = [len(content) for _, content in cut(whole)]
    assert len(set(lengths)) == 20
    assert (lengths[0], lengths[-1]) == (0, 1023)


def test_operations_are_intercepted_and_refused(tmp_path: Path) -> None:
    path, count = tmp_path / "a", Counted()
    with watched(tmp_path, count):
        path.write_text("word")
        path.rename(tmp_path / "b").unlink()
        Path(__file__).read_text()
    assert count.operations == ["open a", "write a", "write the rest a", "unlink b"]
    with watched(tmp_path, Full(first=2)), pytest.raises(OSError, match="No space left"):
        path.write_text("word")
    assert path.read_text() == "wo"
    with watched(tmp_path, ReadOnly()), pytest.raises(OSError, match="Read-only"):
        path.unlink()


def test_a_store_without_checks_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row of flipped bytes, with a store that accepts everything."""
    whole = records.prepare(tmp_path)
    path = Store(whole.finished).path(SMALL, "json")
    changed = path.read_bytes().replace(b'"dirty": null', b'"dirty": true')
    damages = [records._written("json", "a changed word", changed)]
    row = records.refused(whole, tmp_path / "damaged", "changed", iter(damages))
    assert row.wrong == ()
    assert "its checksum does not match its content" in row.seen
    monkeypatch.setattr(checksum, "has_valid_checksum", lambda _: True)
    row = records.refused(whole, tmp_path / "damaged", "changed", iter(damages))
    assert "it was accepted as a record" in "; ".join(row.wrong)


def test_an_error_without_a_message_is_unclear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(Store, "load", broken)
    seen = observe(tmp_path / "store")
    assert "ZeroDivisionError" in unclear(seen)[0]
    assert unclear(Seen(lines=["one\ntwo"])) == ["not one line: 'one\\ntwo'"]
    assert unclear(Seen()) == ["no message"]
    assert unclear(Seen(), lines=False) == []
