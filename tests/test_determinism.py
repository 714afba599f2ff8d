"""Determinism: the same block gives the same payload, and global random generators are not used.

Other tests of the same property: a run's bytes do not depend on the runs trained with it
(training/test_loop_runs), on a resume after any epoch (training/test_loop_resume), on a kill
(execution/test_local_workers), on the number of local workers (execution/test_schedule), on a Dask
cluster that loses a worker (execution/test_dask_workers), or on when an experiment is killed
(verification/crash).
"""

from __future__ import annotations

import os
import random
import time
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from repro import cli
from repro.execution import job, local_workers
from repro.execution.job import Job, train_and_save
from repro.execution.schedule import run_blocks
from repro.records.store import Store
from repro.training import loop
from repro.training.run import run
from tests.support.cli_place import DIRECTION, Place, shipped
from tests.support.halting import CHILD, OTHER, PARENT, payload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from repro.engine.networks import Weights
    from repro.execution.status import Status
    from repro.protocol.blocks import Block
    from repro.statistics.convergence import ConvergenceTimes
    from repro.training.loop import Trained

BLOCKS = (PARENT, CHILD, OTHER)
RULE = """
import torch


def rule(bids):
    (gradient,) = torch.autograd.grad(bids.log_softmax(-1)[0], bids)
    return {"left": gradient[0], "right": gradient[1]}


def inputs():
    return {"bids": torch.tensor([0.1, 0.7], requires_grad=True)}
"""


def digests(folder: Path, blocks: Sequence[Block] = BLOCKS) -> dict[str, str]:
    """SHA-256 of the payloads of these blocks in a store."""
    return {block.name: sha256(payload(Store(folder), block)).hexdigest() for block in blocks}


@cache
def trained_here() -> dict[str, str]:
    """The payloads that this process trains, one block after the other."""
    with TemporaryDirectory() as name:
        for block in BLOCKS:
            train_and_save(Job(block, Path(name)))
        return digests(Path(name))


@pytest.mark.slow
def test_the_process_and_its_environment_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is a new process with another hash seed, language, time zone and folder."""

    def noting(what: Job) -> Status:
        about = f"{hash('a')} {time.strftime('%z')} {os.environ['LC_ALL']} {os.getpid()}"
        (tmp_path / "worker").write_text(about, encoding="utf-8")
        return job.work(what)

    environment = {"PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Kathmandu"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(local_workers, "work", noting)
    run_blocks([CHILD, OTHER], Store(tmp_path / "runs"), jobs=1)
    hashed, zone, language, process = (tmp_path / "worker").read_text(encoding="utf-8").split()
    assert (zone, language) == ("+0545", "C")
    assert int(process) != os.getpid()
    assert int(hashed) != hash("a")
    assert digests(tmp_path / "runs") == trained_here()


def test_the_number_of_threads_does_not_matter() -> None:
    one, two = (with_threads(number) for number in (1, 2))
    assert one.returns.tobytes() == two.returns.tobytes()
    for kind, weights in one.weights.items():
        assert weights.tobytes() == two.weights[kind].tobytes()


def with_threads(number: int) -> Trained:
    """Train on this number of threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        return run(replace(OTHER, hyperparameters=()), None)[0]  # the protocol's size
    finally:
        torch.set_num_threads(before)


def test_an_interrupted_block_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parent and child are each interrupted twice."""

    class Interrupted(BaseException):
        pass

    def interrupting(
        block: Block, parent: Weights | None, tell: Callable[[int, int], None], **named: Path
    ) -> tuple[Trained, ConvergenceTimes]:
        done = 0

        def stop(epoch: int, runs: int) -> None:
            nonlocal done
            tell(epoch, runs)
            done += 1
            if done > 1:
                raise Interrupted

        return run(block, parent, stop, **named)

    monkeypatch.setattr(loop, "SAVE_SECONDS", -1)
    for block in (PARENT, CHILD):
        for _ in range(2):
            monkeypatch.setattr(job, "run", interrupting)
            with pytest.raises(Interrupted):
                train_and_save(Job(block, tmp_path))
            assert Store(tmp_path).path(block, "checkpoint").exists()
            Store(tmp_path).path(
                block, "progress"
            ).unlink()  # as at the first attempt of a later session
        monkeypatch.setattr(job, "run", run)
        train_and_save(Job(block, tmp_path))
    found = digests(tmp_path, (PARENT, CHILD))
    assert found == {name: trained_here()[name] for name in found}


@pytest.mark.parametrize(
    "algorithm",
    ["ppo", "ppof", "cvs", "gumbel_bids", "cvs_softmax_selection", "cvs_clipped_together"],
)
def test_a_run_depends_on_its_seed_and_not_on_its_place(tmp_path: Path, algorithm: str) -> None:
    blocks = [
        replace(OTHER, algorithm=algorithm, seeds=seeds) for seeds in ((0, 1), (1, 0), (2, 1))
    ]
    for block in blocks:
        train_and_save(Job(block, tmp_path))
    assert len({payload(Store(tmp_path), block) for block in blocks}) == 3
    records = [Store(tmp_path).load(block) for block in blocks]
    seen: dict[int, bytes] = {}
    for block, record in zip(blocks, records, strict=True):
        assert record is not None
        for row, seed in enumerate(block.seeds):
            runs = b"".join(record.arrays[name][row].tobytes() for name in sorted(record.arrays))
            assert seen.setdefault(seed, runs) == runs
    assert len(set(seen.values())) == len(seen) == 3


def test_recording_bids_does_not_change_a_run() -> None:
    """Another algorithm does."""
    bare, _ = run(replace(PARENT, problem="linear_chain.last"), None)
    recorded, _ = run(replace(PARENT, problem="linear_chain.last", bids=True), None)
    other, _ = run(replace(PARENT, problem="linear_chain.last", algorithm="ppof"), None)
    assert bare.returns.tobytes() == recorded.returns.tobytes() != other.returns.tobytes()
    for kind, weights in bare.weights.items():
        assert weights.tobytes() == recorded.weights[kind].tobytes()


def states() -> tuple[object, str, bytes]:
    """States of the global random generators."""
    legacy = str(np.random.get_state())  # noqa: NPY002 - the global generator is what is tested
    return random.getstate(), legacy, torch.get_rng_state().numpy().tobytes()


@pytest.fixture
def unused() -> Iterator[None]:
    """Seed the global generators, and check that their states have not changed."""
    random.seed(11)
    np.random.seed(12)  # noqa: NPY002 - as above
    torch.manual_seed(13)
    before = states()
    yield
    assert states() == before


def test_the_use_of_each_generator_changes_its_state() -> None:
    for use in (random.random, np.random.random, lambda: torch.rand(1)):
        before = states()
        use()
        assert states() != before


@pytest.mark.usefixtures("unused")
def test_training_does_not_use_the_global_generators(tmp_path: Path) -> None:
    for block in BLOCKS:
        train_and_save(Job(block, tmp_path))
    assert digests(tmp_path) == trained_here()  # their states do not matter


@pytest.mark.slow
@pytest.mark.usefixtures("unused")
def test_judging_and_drawing_do_not_use_the_global_generators(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run the audit tier in this process, with figures and report."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:unraisableexception")
    monkeypatch.setattr("repro.plugin.report_sections.problem_pictures", list)  # they take seconds
    place = Place(tmp_path)
    shipped(place)
    assert cli.main(["run", "--tier=audit", DIRECTION, *place.words]) == 0
    assert "1 reproduced" in capsys.readouterr().out
    assert list((place.out / "figures").glob("*.svg"))


@pytest.mark.usefixtures("unused")
def test_auditing_a_rule_does_not_use_the_global_generators(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = tmp_path / "rule.py"
    rule.write_text(RULE)
    assert cli.main(["audit", str(rule), "--verify"]) == 1
    assert "NOT MODULAR" in capsys.readouterr().out
