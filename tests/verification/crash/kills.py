"""Kills at random and at aimed moments; the resumed run must have the same bytes as an uninterrupted one."""

from __future__ import annotations

import contextlib
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.verification.crash.experiment import BLOCKS, PARENT, SAVE_SECONDS
from tests.verification.crash.process import Experiment, wait_for
from tests.verification.crash.state import begun, epochs_done, faults, look, payloads, phase, unused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KILLS = 50
COLD_EVERY = 10
"""One in this many experiments is started cold, and may be killed during its imports."""
AIMED = range(31, 34)
"""Kills as soon as the parent is recorded; what follows is too short to be met by chance each time."""
AGAIN = 5
"""Kills in one experiment."""
STARTING, EARLY = 0.15, 0.15
"""Shares of the kills before a worker trains, and soon after that."""
LATE = 0.9
"""Upper bound of the next draw if a kill was too late."""
ORPHAN_SECONDS = 10.0
"""How long workers may live after the process that started them."""


@dataclass(frozen=True)
class Uninterrupted:
    """Results of uninterrupted experiments.

    Attributes:
        payloads: by file name.
        warm: seconds of an experiment that is forked.
        starting: seconds until a worker trains, for a forked experiment and for a cold start.
    """

    payloads: Mapping[str, bytes]
    warm: float
    starting: tuple[float, float]


@dataclass(frozen=True)
class Result:
    """The result of an experiment that was killed.

    Attributes:
        name: of the trial.
        moments: seconds from each start to the kill.
        phases: in which it was killed.
        epochs: that need not be trained again, after each kill.
        halves: number of partial files after all kills.
        seconds: that orphaned workers lived; 0 without orphans.
        faults: what is wrong.
    """

    name: str
    moments: tuple[float, ...] = ()
    phases: tuple[str, ...] = ()
    epochs: tuple[int, ...] = ()
    halves: int = 0
    seconds: float = 0.0
    faults: tuple[str, ...] = ()


def uninterrupted(folder: Path) -> Uninterrupted:
    """Run experiments to their end, one forked and one cold."""
    starting, whole = [], []
    for name in ("warm", "cold"):
        one = Experiment(folder / name / "store", "only", cold=name == "cold")
        starting.append(_starts(one))
        code = one.wait()
        whole.append(time.monotonic() - one.began)
        if code:
            raise RuntimeError(
                f"an uninterrupted experiment ended with {code}:\n{one.log.read_text()}"
            )
    found = payloads(folder / "warm" / "store")
    assert found == payloads(folder / "cold" / "store"), "the experiment must be reproducible"
    return Uninterrupted(found, whole[0], (starting[0], starting[1]))


def _starts(one: Experiment) -> float:
    """Wait until a worker trains, or the experiment ends; return the seconds since the start."""
    wait_for(lambda: begun(one.store) or one.code() is not None)
    return time.monotonic() - one.began


def killed_once(folder: Path, number: int, expected: Uninterrupted) -> Result:
    """Kill an experiment at a moment given by its number, and resume it.

    The moments are stratified, but for those in `AIMED`: one is drawn from each of `KILLS` equal parts of
    the start, the time soon after it, and the epochs.
    """
    draw = random.Random(number)  # noqa: S311 - a moment, not a secret
    cold = number % COLD_EVERY == 0
    of_kind = range(0, KILLS, COLD_EVERY) if cold else [n for n in range(KILLS) if n % COLD_EVERY]
    share = (list(of_kind).index(number) + draw.random()) / len(of_kind)
    for attempt in range(AGAIN):
        store = folder / f"once-{number}-{attempt}" / "store"
        one = Experiment(store, "killed", cold=cold)
        if number in AIMED:
            running = _recorded(one)
        else:
            running = _until(one, share, draw.uniform(0, SAVE_SECONDS), expected.starting[cold])
        if running:
            moment = time.monotonic() - one.began
            one.kill_all()
            break
        share = draw.random() * LATE
    else:
        return Result(f"kill {number}", faults=("it always ended before the kill",))
    halves = len(list(store.glob("*.tmp")))
    held = look(store)
    where = phase(store, held)
    again = Experiment(store, "resumed")
    code = again.wait()
    wrong = faults(store, expected.payloads, code, again.log)
    if not code:
        wrong += unused(held, again.statuses)
    name = f"kill {number}{' (cold start)' if cold else ''}"
    return Result(name, (moment,), (where,), (epochs_done(held),), halves, faults=tuple(wrong))


def _recorded(one: Experiment) -> bool:
    """Wait until the parent is recorded; return True if the experiment is still running."""
    wait_for(lambda: look(one.store)[PARENT].recorded or one.code() is not None)
    return one.code() is None


def _until(one: Experiment, share: float, more: float, starting: float) -> bool:
    """Wait until a share of an experiment is done; return True if it is still running.

    Progress is read from the store, so that the load of the machine does not matter.

    Args:
        one: the experiment.
        share: up to `STARTING`, of the time before a worker trains; from `STARTING + EARLY` on, of the
            epochs; between these, wait only until a worker trains.
        more: seconds to wait after that.
        starting: seconds until a worker trains.
    """
    if share < STARTING:
        return one.until(share / STARTING * starting)
    reached = _starts(one)
    early = STARTING + EARLY
    if share > early:
        wanted = (share - early) / (1 - early) * sum(block.epochs for block in BLOCKS)
        wait_for(lambda: epochs_done(look(one.store)) >= wanted or one.code() is not None)
        reached = time.monotonic() - one.began
    return one.until(reached + more)


def killed_repeatedly(folder: Path, number: int, expected: Uninterrupted) -> Result:
    """Kill an experiment several times, each time after some training."""
    draw = random.Random(f"again {number}")  # noqa: S311 - a moment, not a secret
    store = folder / f"again-{number}" / "store"
    moments, phases, epochs, wrong = [], [], [0], list[str]()
    for kill in range(AGAIN):
        one = Experiment(store, f"killed-{kill}")
        marks = _marks(store)

        def progressed(one: Experiment = one, marks: Mapping[Path, int] = marks) -> bool:
            return _marks(store) != marks or one.code() is not None

        wait_for(progressed)
        moments.append(time.monotonic() - one.began + draw.uniform(0, 0.25))
        if not one.until(moments[-1]):
            wrong.append(f"it ended before kill {kill + 1}")
            break
        one.kill_all()
        held = look(store)
        phases.append(phase(store, held))
        epochs.append(epochs_done(held))
    if epochs != sorted(epochs):
        wrong.append(f"epochs were lost: {epochs}")
    halves = len(list(store.glob("*.tmp")))
    held = look(store)
    last = Experiment(store, "last")
    code = last.wait()
    wrong += faults(store, expected.payloads, code, last.log)
    if not code:
        wrong += unused(held, last.statuses)
    return Result(
        f"experiment {number}, killed {len(phases)} times",
        tuple(moments),
        tuple(phases),
        tuple(epochs[1:]),
        halves,
        faults=tuple(wrong),
    )


def _marks(store: Path) -> dict[Path, int]:
    """Return when each checkpoint was written."""
    found = {}
    for path in store.glob("*.checkpoint"):
        with contextlib.suppress(FileNotFoundError):  # its block has just finished
            found[path] = path.stat().st_mtime_ns
    return found


def orphaned(folder: Path, number: int, expected: Uninterrupted) -> Result:
    """Kill the process that started the workers, and start again while they may still write."""
    draw = random.Random(f"orphan {number}")  # noqa: S311 - a moment, not a secret
    store = folder / f"orphan-{number}" / "store"
    one = Experiment(store, "killed")
    wait_for(lambda: any(store.glob("*.checkpoint")))
    moment = time.monotonic() - one.began + draw.uniform(0, 1)
    running = one.until(moment)
    one.kill_first()
    killed, where = time.monotonic(), phase(store, look(store))
    left = len(one.alive())
    again = Experiment(store, "resumed")
    wait_for(lambda: not one.alive())
    seconds = time.monotonic() - killed
    one.tidy()
    code = again.wait()
    wrong = faults(store, expected.payloads, code, again.log)
    if not running or not left:
        wrong.append("it had ended, or no worker survived it")
    if seconds > ORPHAN_SECONDS:
        wrong.append(f"a worker lived on for {seconds:.0f} s")
    return Result(f"orphans {number}", (moment,), (where,), seconds=seconds, faults=tuple(wrong))


def two_at_once(folder: Path, number: int, expected: Uninterrupted) -> Result:
    """Run two experiments on one store, started at different times; in half of the cases kill the first."""
    store = folder / f"two-{number}" / "store"
    first = Experiment(store, "first")
    first.until(number * 0.4)
    second = Experiment(store, "second")
    wrong: list[str] = []
    one_killed = number % 2 == 1
    if one_killed:
        first.until(expected.warm * 0.7)
        first.kill_all()
    else:
        wrong += faults_at_end(store, expected, first)
    code = second.wait()
    wrong += faults(store, expected.payloads, code, second.log)
    about = ", the first killed" if one_killed else ""
    return Result(f"two at once, {number * 0.4:.1f} s apart{about}", faults=tuple(wrong))


def faults_at_end(store: Path, expected: Uninterrupted, one: Experiment) -> list[str]:
    """Return what is wrong with the records when one of two has ended and the other may still write."""
    code = one.wait()
    wrong = [f"exit code {code}: {one.log}"] if code else []
    if payloads(store) != expected.payloads:
        wrong.append("payloads differ")
    return wrong
