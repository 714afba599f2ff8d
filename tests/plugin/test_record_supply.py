"""The account of each block says where its record is from."""

from __future__ import annotations

import hashlib
from argparse import Namespace
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from repro.errors import UserError
from repro.execution.status import Outcome, Status
from repro.plugin import record_supply
from repro.plugin.record_supply import RecordSupply
from repro.protocol.blocks import Block, transfer, with_parents
from repro.records.shipped import Shipped
from repro.records.shipping import ship
from tests.support.cli_place import Place, arms, fill, shipped
from tests.support.shipping import record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from repro.records.record import Record


def made(place: Place) -> RecordSupply:
    options = Namespace(
        store=place.store, shipped=place.shipped, jobs=1, scheduler=None, fresh=False
    )
    return RecordSupply(options, ("abc", False))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_stored_records_have_their_files_digest(place: Place) -> None:
    blocks = with_parents(arms())
    store = fill(place.store, blocks[:-1])
    supply = made(place)
    supply.look_up(arms())
    accounts = supply.accounts
    assert list(accounts) == list(blocks)
    for block in blocks[:-1]:
        account = accounts[block]
        payload = store.path(block, "npz").read_bytes()
        assert account.digest == hashlib.sha256(payload).hexdigest()
        assert (account.block, account.came) == (block.name, "found in the store")
        assert (account.runs, account.censored) == (30, 0)
    missing = accounts[blocks[-1]]
    assert (missing.came, missing.finished, missing.digest) == ("not found", False, "")
    assert "no finished record" in missing.error


def test_shipped_records_have_the_shipped_files_digest(place: Place) -> None:
    shipped(place)
    supply = made(place)
    supply.unpack(arms())
    for block, account in supply.accounts.items():
        entry = Shipped(place.shipped).entry(block)
        assert entry is not None
        payload = (place.shipped / entry["file"]).read_bytes()
        assert account.digest == hashlib.sha256(payload).hexdigest()
        assert account.came == "shipped with the project"


def test_the_commits_named_are_those_of_the_blocks_that_are_judged(place: Place) -> None:
    """Of runs of two commits, a claim that needs those of one names this one."""
    cvs, ppo = (one for one in arms() if one.algorithm in {"cvs", "ppo"})
    other = place.shipped.parent / "other"
    fill(other, with_parents([ppo]), commit="beef" * 10)
    store = fill(other, with_parents([cvs]), commit="c0ffee")
    found = [store.load(block) for block in with_parents(arms())]
    ship([one for one in found if one is not None], place.shipped, allow_dirty=True)
    assert made(place).unpack([cvs]) == "commit c0ffee"
    assert made(place).unpack([ppo]) == "commit beefbeefbeef"
    assert made(place).unpack([cvs, ppo]) == "commits beefbeefbeef and c0ffee"
    absent = transfer("cvs", "linear_chain.first", tuple(range(3)))
    assert made(place).unpack([absent]).startswith("commit beef")


def test_a_block_that_is_not_shipped_is_not_found(place: Place) -> None:
    shipped(place)
    other = transfer("cvs", "linear_chain.first", tuple(range(10)))
    supply = made(place)
    supply.unpack([other])
    assert list(supply.accounts) == with_parents([other])
    for account in supply.accounts.values():
        assert (account.came, account.finished, account.runs) == ("not found", False, 10)


def test_runs_that_start_before_training_has_converged_are_counted(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run r of the pretraining is near the optimum from epoch 368 + r on, for 30 epochs from 397 + r."""
    early = transfer("cvs", "linear_chain.first", tuple(range(10)), from_epoch=400)
    late, last = replace(early, from_epoch=950), replace(early, from_epoch=None)
    assert early.parent is not None
    trained: dict[Block, Record | Exception] = {
        early.parent: record(early.parent, 368),
        **{block: record(block, 60) for block in (early, late, last)},
    }
    monkeypatch.setattr(record_supply, "run_blocks", lambda *_args, **_words: trained)
    supply = made(place)
    supply.train([early, late, last])
    assert [account.unready for account in supply.accounts.values()] == [None, 6, 0, 0]


def test_trained_resumed_and_failed_blocks_are_distinguished(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three = arms()

    def run_blocks(
        _blocks: Sequence[Block],
        _store: object,
        *,
        ended: Callable[[Status], None],
        **_words: object,
    ) -> dict[Block, object]:
        ended(Status(one, Outcome.TRAINED, seconds=4.0))
        ended(Status(two, Outcome.RESUMED, seconds=2.0))
        ended(Status(three, Outcome.FAILED, error="no memory"))
        return {one: record(one, 60), two: record(two, 400), three: RuntimeError("no memory")}

    monkeypatch.setattr(record_supply, "run_blocks", run_blocks)
    supply = made(place)
    supply.train([one, two, three])
    rows = [
        (account.came, account.resumed, account.seconds, account.finished, account.error)
        for account in supply.accounts.values()
    ]
    assert rows == [
        ("trained", False, 4.0, True, ""),
        ("resumed from a checkpoint", True, 2.0, True, ""),
        ("failed", False, 0.0, False, "no memory"),
    ]


@pytest.mark.parametrize(
    ("algorithm", "problem", "says"),
    [
        ("ppog", "linear_chain.last", "unknown algorithm 'ppog'; did you mean ppo"),
        ("ppo", "linear_chain.lst", "unknown problem 'linear_chain.lst'; did you mean"),
    ],
)
def test_unknown_names_are_errors_before_shipped_runs_are_read(
    place: Place, algorithm: str, problem: str, says: str
) -> None:
    shipped(place)
    with pytest.raises(UserError, match=says):
        made(place).unpack([Block(algorithm, problem, (0, 1), 5)])
