"""Matched blocks are trained after their reference, from matched weights, and continue when interrupted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.errors import RecordError, TrainingError, UserError
from repro.execution import job, local_workers, schedule
from repro.execution.job import Job, train_and_save, work
from repro.execution.schedule import longest_first, run_blocks
from repro.execution.status import Outcome
from repro.protocol.matched import matched, with_needed
from repro.records.record import Record
from repro.records.store import Store
from repro.training import loop
from repro.training.matching import matched_weights
from repro.training.run import run
from tests.support.halting import Inline, payload
from tests.support.matching import exploring, plain, trained

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from repro.engine.networks import Weights
    from repro.execution.status import Status
    from repro.protocol.blocks import Block
    from repro.statistics import ConvergenceTimes
    from repro.training.loop import Trained

BLOCK = exploring()
PARENT, REFERENCE = trained("ppof"), trained("cvs")


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "LocalWorkers", Inline)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the records of parent, reference and block."""
    folder = tmp_path_factory.mktemp("store")
    for block in (PARENT, REFERENCE, BLOCK):
        train_and_save(Job(block, folder))
        Store(folder).sweep(block, "progress")
    return folder


def weights(folder: Path, block: Block) -> Weights:
    record = Store(folder).load(block)
    assert record is not None
    return record.weights


def test_it_starts_from_matched_weights(prepared: Path) -> None:
    found = Store(prepared).load(BLOCK)
    assert found is not None
    start = matched_weights(BLOCK, weights(prepared, PARENT), weights(prepared, REFERENCE))
    expected, _ = run(plain("ppof"), start)
    other, _ = run(plain("ppof"), weights(prepared, PARENT))
    np.testing.assert_array_equal(found.bids["logit"], expected.bids["logit"])
    assert not np.array_equal(found.bids["logit"], other.bids["logit"])


def test_an_interrupted_run_equals_one_that_was_not(
    prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is stopped after an epoch, and continues in another job from its checkpoint."""
    store = Store(prepared)
    whole = payload(store, BLOCK)
    monkeypatch.setattr(loop, "SAVE_SECONDS", -1.0)
    session = prepared / "session"
    session.touch()

    def stopping(
        block: Block,
        parent: Weights | None,
        on_epoch: Callable[[int, int], None],
        *,
        checkpoint: Path | None = None,
    ) -> tuple[Trained, ConvergenceTimes]:
        def tell(epoch: int, runs: int) -> None:
            if epoch == 3:
                session.unlink()
            on_epoch(epoch, runs)

        return run(block, parent, tell, checkpoint=checkpoint)

    for ending in ("npz", "json"):
        store.path(BLOCK, ending).unlink()
    with monkeypatch.context() as patched:
        patched.setattr(job, "run", stopping)
        patched.setattr(job, "POLL_SECONDS", -1)
        stopped = work(Job(BLOCK, prepared, session=session))
    assert "was stopped" in stopped.error
    assert store.path(BLOCK, "checkpoint").exists()
    store.sweep(BLOCK, "progress")
    resumed = work(Job(BLOCK, prepared))
    assert (resumed.outcome, resumed.error) == (Outcome.RESUMED, "")
    assert payload(store, BLOCK) == whole


@pytest.mark.parametrize(("there", "lacking"), [(PARENT, REFERENCE), (REFERENCE, PARENT)])
def test_it_needs_both_records(tmp_path: Path, there: Block, lacking: Block) -> None:
    train_and_save(Job(there, tmp_path))
    with pytest.raises(RecordError, match=f"needs the record of {lacking.name}; run that first"):
        train_and_save(Job(BLOCK, tmp_path))


def test_the_reference_is_scheduled_before_it_whatever_takes_longer() -> None:
    """A transfer of 2450 epochs counts for what it needs, as for its parent."""
    block = replace(BLOCK, epochs=5000)
    small = replace(trained("ppof"), epochs=50)
    order = longest_first(with_needed([small, block]))
    assert order == [REFERENCE, PARENT, block, small]


@pytest.mark.usefixtures("inline")
def test_the_scheduler_trains_the_reference_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Job] = []

    def noting(what: Job) -> Status:
        started.append(what)
        return work(what)

    monkeypatch.setattr(local_workers, "work", noting)
    train_and_save(Job(REFERENCE, tmp_path))
    results = run_blocks([BLOCK], Store(tmp_path), jobs=2)
    assert set(results) == {PARENT, REFERENCE, BLOCK}
    assert all(isinstance(one, Record) for one in results.values())
    assert [what.block for what in started] == [PARENT, BLOCK]
    assert started[-1].resumed  # the reference is older than the session
    started.clear()
    run_blocks([BLOCK], Store(tmp_path), jobs=1, fresh=True)
    assert [what.block for what in started] == [REFERENCE, PARENT, BLOCK]
    assert not started[-1].resumed


@pytest.mark.usefixtures("inline")
def test_it_waits_for_the_reference_if_a_worker_is_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[tuple[str, Block]] = []

    def noting(what: Job) -> Status:
        events.append(("start", what.block))
        return work(what)

    monkeypatch.setattr(local_workers, "work", noting)
    train_and_save(Job(PARENT, tmp_path))
    run_blocks([BLOCK], Store(tmp_path), jobs=2, done=lambda b, _: events.append(("end", b)))
    order = [("start", REFERENCE), ("end", REFERENCE), ("start", BLOCK), ("end", BLOCK)]
    assert events == order


@pytest.mark.usefixtures("inline")
def test_it_is_not_run_if_the_reference_fails(tmp_path: Path) -> None:
    hyperparameters = (("minibatch", 64), ("steps", 256), ("value_lr", float("inf")))
    failing = replace(REFERENCE, epochs=3, hyperparameters=hyperparameters)
    block = matched(plain("ppof"), "matched_exploration", failing)
    results = run_blocks([block], Store(tmp_path), jobs=2)
    assert isinstance(results[failing], TrainingError)
    assert isinstance(results[PARENT], Record)
    assert isinstance(results[block], UserError)
    assert "was not run" in str(results[block])


@pytest.mark.slow
def test_a_real_worker_trains_it_to_the_same_bytes(prepared: Path, tmp_path: Path) -> None:
    """In another process, which receives the block pickled."""
    results = run_blocks([BLOCK], Store(tmp_path), jobs=1)
    assert isinstance(results[BLOCK], Record)
    assert payload(Store(tmp_path), BLOCK) == payload(Store(prepared), BLOCK)
