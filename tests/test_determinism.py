"""What is promised of bytes: the same block gives the same payload, and nobody's generator is touched.

Held elsewhere as well, each in its own test: a run's bytes do not depend on the runs beside it
(test_train_runs), resumed after any epoch (test_train_resume), after being killed (test_workers), on
two workers of this machine (test_schedule), on a Dask cluster that loses a worker (test_cluster), and
however a whole experiment is killed (tests/verification/crash).
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
    """What a store holds of these blocks."""
    return {block.name: sha256(payload(Store(folder), block)).hexdigest() for block in blocks}


@cache
def here() -> dict[str, str]:
    """What this process trains, block after block."""
    with TemporaryDirectory() as name:
        for block in BLOCKS:
            train_and_save(Job(block, Path(name)))
        return digests(Path(name))


def test_the_process_and_its_surroundings_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker, a fresh process with another hash, language, time zone and folder."""

    def noted(what: Job) -> Status:
        about = f"{hash('a')} {time.strftime('%z')} {os.environ['LC_ALL']} {os.getpid()}"
        (tmp_path / "worker").write_text(about, encoding="utf-8")
        return job.work(what)

    elsewhere = {"PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Kathmandu"}
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(local_workers, "work", noted)
    run_blocks([CHILD, OTHER], Store(tmp_path / "runs"), jobs=1)
    hashed, zone, language, process = (tmp_path / "worker").read_text(encoding="utf-8").split()
    assert (zone, language) == ("+0545", "C")
    assert int(process) != os.getpid()
    assert int(hashed) != hash("a")
    assert digests(tmp_path / "runs") == here()


def test_the_number_of_threads_does_not_matter() -> None:
    one, two = (with_threads(number) for number in (1, 2))
    assert one.returns.tobytes() == two.returns.tobytes()
    for kind, weights in one.weights.items():
        assert weights.tobytes() == two.weights[kind].tobytes()


def with_threads(number: int) -> Trained:
    """A training of so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        return run(replace(OTHER, hyperparameters=()), None)[0]  # of the protocol's size
    finally:
        torch.set_num_threads(before)


def test_an_interrupted_block_ends_in_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Child of a parent that was interrupted as well; interrupted twice."""

    class Interrupted(BaseException):
        pass

    def interrupted(
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
            monkeypatch.setattr(job, "run", interrupted)
            with pytest.raises(Interrupted):
                train_and_save(Job(block, tmp_path))
            assert Store(tmp_path).path(block, "checkpoint").exists()
            Store(tmp_path).path(block, "progress").unlink()  # a later session's first attempt
        monkeypatch.setattr(job, "run", run)
        train_and_save(Job(block, tmp_path))
    found = digests(tmp_path, (PARENT, CHILD))
    assert found == {name: here()[name] for name in found}


@pytest.mark.parametrize("algorithm", ["ppo", "ppof", "cvs"])
def test_a_seed_is_its_run_and_another_seed_another_run(tmp_path: Path, algorithm: str) -> None:
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


def test_what_is_recorded_and_what_it_is_recorded_for_change_no_run() -> None:
    """Bids watched or not, alone or after others; an algorithm's runs are not another's."""
    bare, _ = run(replace(PARENT, problem="linear_chain.last"), None)
    watched, _ = run(replace(PARENT, problem="linear_chain.last", bids=True), None)
    other, _ = run(replace(PARENT, problem="linear_chain.last", algorithm="ppof"), None)
    assert bare.returns.tobytes() == watched.returns.tobytes() != other.returns.tobytes()
    for kind, weights in bare.weights.items():
        assert weights.tobytes() == watched.weights[kind].tobytes()


def states() -> tuple[object, str, bytes]:
    """States of the generators that all share."""
    legacy = str(np.random.get_state())  # noqa: NPY002 - the one that must not be touched
    return random.getstate(), legacy, torch.get_rng_state().numpy().tobytes()


@pytest.fixture
def untouched() -> Iterator[None]:
    """Generators amid their streams, and that they are found so again."""
    random.seed(11)
    np.random.seed(12)  # noqa: NPY002 - as above
    torch.manual_seed(13)
    before = states()
    yield
    assert states() == before


def test_each_generator_would_show_that_it_was_used() -> None:
    for use in (random.random, np.random.random, lambda: torch.rand(1)):
        before = states()
        use()
        assert states() != before


@pytest.mark.usefixtures("untouched")
def test_training_leaves_the_generators_as_they_were(tmp_path: Path) -> None:
    for block in BLOCKS:
        train_and_save(Job(block, tmp_path))
    assert digests(tmp_path) == here()  # nor do they matter


@pytest.mark.usefixtures("untouched")
def test_judging_and_drawing_leave_the_generators_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A whole audit tier in this process, figures and report included."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:unraisableexception")
    monkeypatch.setattr("repro.plugin.report_sections.problem_pictures", list)  # they take seconds
    place = Place(tmp_path)
    shipped(place)
    assert cli.main(["run", "--tier=audit", DIRECTION, *place.words]) == 0
    assert "1 reproduced" in capsys.readouterr().out
    assert list((place.out / "figures").glob("*.svg"))


@pytest.mark.usefixtures("untouched")
def test_auditing_a_rule_leaves_the_generators_as_they_were(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = tmp_path / "rule.py"
    rule.write_text(RULE)
    assert cli.main(["audit", str(rule), "--verify"]) == 1
    assert "NOT MODULAR" in capsys.readouterr().out
