"""The store of finished runs: a block's record is two files, written whole or not at all.

The payload (.npz) holds what was computed, and its bytes depend on nothing else; the provenance
(.json) says when, where and by what, and carries the payload's checksum and its own. Nothing is
pickled.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from repro import algorithms, tasks
from repro.errors import RecordError
from repro.statistics.convergence import Times, epochs_to_convergence
from repro.storage.checksum import is_sealed, sealed
from repro.storage.npz import pack, unpack, write_whole
from repro.storage.provenance import code_digest, processor, versions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from repro.protocol.blocks import Block
    from repro.training.trainer import Weights

SCHEMA = 2
BIDS, FINAL = ("bid", "logit"), "final_"
WEIGHTS = ("policy", "value")
ROOM = 2**20
"""Bytes that must be free for training to begin, so that a full disk shows before it."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Record:
    """What a block of R runs came to.

    Attributes:
        block: what was run.
        returns: float64 [R, epochs], mean undiscounted return, NaN once a run has left.
        times: epochs to convergence, and which runs never got there.
        bids: "bid" and, where the algorithm has them, "logit": float32 [R, epochs, S, K]; empty
            where the block does not record them.
        final_bids: the same after each run's last epoch: float32 [R, S, K].
        weights: after the last epoch, "policy" [R, K, P] and "value" [R, L, P]; empty in shipped
            runs.
        provenance: seconds, host, versions and the like; empty before it is stored.
    """

    block: Block
    returns: NDArray[np.float64]
    times: Times
    bids: Mapping[str, NDArray[np.float32]]
    final_bids: Mapping[str, NDArray[np.float32]]
    weights: Weights
    provenance: Mapping[str, Any]

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that was computed, by the names that a payload gives it."""
        return {
            "returns": self.returns,
            "epochs": self.times.epochs,
            "censored": self.times.censored,
            **self.bids,
            **{FINAL + name: values for name, values in self.final_bids.items()},
            **self.weights,
        }

    @classmethod
    def of(
        cls, block: Block, arrays: Mapping[str, NDArray[Any]], provenance: Mapping[str, Any]
    ) -> Self:
        """Make a record of `arrays`, in which bids and weights may be absent.

        Raises:
            KeyError: there are no returns, or no times.
        """
        return cls(
            block=block,
            returns=arrays["returns"],
            times=Times(arrays["epochs"], arrays["censored"]),
            bids={name: arrays[name] for name in BIDS if name in arrays},
            final_bids={name: arrays[FINAL + name] for name in BIDS if FINAL + name in arrays},
            weights={name: arrays[name] for name in WEIGHTS if name in arrays},
            provenance=provenance,
        )


def check_times(record: Record) -> None:
    """See that the record's times follow from its returns, one run a seed.

    Raises:
        ValueError: they do not.
    """
    again = epochs_to_convergence(record.returns)
    same = np.array_equal(again.epochs, record.times.epochs)
    same = same and np.array_equal(again.censored, record.times.censored)
    if not same or len(record.returns) != len(record.block.seeds):
        raise ValueError("its times do not follow from its returns")


def key(block: Block, computed_with: Mapping[str, str] | None = None) -> str:
    """Name everything a block's result depends on: settings, parent, code and versions.

    Args:
        block: what is run.
        computed_with: versions of `repro.storage.provenance.versions`; None: those of this environment.

    Raises:
        UserError: the block names an algorithm or a problem that does not exist.
    """
    algorithm = algorithms.load(block.algorithm, **dict(block.settings))
    problem = tasks.problem(block.problem)
    facts = {
        "schema": SCHEMA,
        "algorithm": [block.algorithm, asdict(algorithm)],
        "problem": [problem.name, [task.name for task in problem.tasks]],
        "seeds": block.seeds,
        "epochs": block.epochs,
        "stay": block.stay,
        "bids": block.bids,
        "parent": key(block.parent, computed_with) if block.parent else None,
        "code": code_digest(
            (
                "repro.protocol.blocks",
                type(algorithm).__module__,
                f"repro.tasks.{block.problem.partition('.')[0]}",
            )
        ),
        "versions": versions() if computed_with is None else computed_with,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


class Store:
    """A folder of records.

    Args:
        folder: made when the first record is saved.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, block: Block, ending: str) -> Path:
        """Where a block's file of this ending (npz, json, progress) lies."""
        name = block.name.replace("/", "-").replace("=", "_")
        return self.folder / f"{name}-{key(block)[:16]}.{ending}"

    def prepare(self) -> None:
        """Make the folder, and see that there is room in it before anything is trained.

        Raises:
            RecordError: it cannot.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder) as file:
                file.write(bytes(ROOM))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            there = isinstance(error, FileExistsError | NotADirectoryError)
            why = "it is, or lies in, what is no folder" if there else error.strerror
            raise RecordError(
                f"runs cannot be written to {self.folder}: {why}; make room or give another --store"
            ) from error

    def load(self, block: Block, *, set_aside: bool = True) -> Record | None:
        """Read a finished record; None if there is none, or if it is faulty.

        Args:
            block: whose record.
            set_aside: whether a faulty record is renamed, so that another can take its place.
        """
        provenance = self.path(block, "json")
        try:
            if not provenance.exists():  # not there, or being written at this moment
                return None
            return self._read(block)
        except Exception as error:  # noqa: BLE001 - a faulty file may raise anything as it is read
            log.warning(
                "the record of %s in %s cannot be used (%s); %s",
                block.name,
                self.folder,
                error,
                "it is set aside as .faulty and computed again"
                if set_aside and self._set_aside(block)
                else "`python -m repro run` computes it again",
            )
            return None

    def _set_aside(self, block: Block) -> bool:
        """Rename a block's files; whether there is place for others now."""
        place = True
        for path in (self.path(block, ending) for ending in ("npz", "json")):
            try:
                path.replace(path.with_name(path.name + ".faulty"))
            except FileNotFoundError:
                continue
            except OSError:  # nothing can be written here, which is told before training
                place = False
        return place

    def _read(self, block: Block) -> Record:
        provenance = json.loads(self.path(block, "json").read_text(encoding="utf-8"))
        if not isinstance(provenance, dict) or provenance.get("schema") != SCHEMA:
            raise ValueError(f"its provenance is not of schema {SCHEMA}")
        if not is_sealed(provenance):
            raise ValueError("its provenance is not as it was written, by its checksum")
        if provenance["key"] != key(block):
            raise ValueError(f"it is the record of {provenance['block']} under another key")
        payload = self.path(block, "npz").read_bytes()
        if provenance["sha256"] != hashlib.sha256(payload).hexdigest():
            raise ValueError("the payload is not the one its provenance describes")
        fields = unpack(payload)
        if missing := [name for name in WEIGHTS if name not in fields]:
            raise ValueError(f"the payload lacks {', '.join(missing)}")
        return Record.of(block, fields, provenance)

    def save(self, record: Record, provenance: Mapping[str, Any]) -> None:
        """Write a record; it counts as finished once its provenance, the second file, is there.

        Raises:
            RecordError: the folder cannot be written.
        """
        payload = pack(record.arrays)
        facts = {
            "schema": SCHEMA,
            "block": record.block.name,
            "key": key(record.block),
            "sha256": hashlib.sha256(payload).hexdigest(),
            "settings": asdict(record.block),
            "processor": processor(),
            **provenance,
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.path(record.block, "npz"), payload)
            write_whole(
                self.path(record.block, "json"),
                json.dumps(sealed(facts), indent=2).encode() + b"\n",
            )
        except OSError as error:
            raise RecordError(
                f"the record of {record.block.name} cannot be written to {self.folder}: "
                f"{error.strerror}; make room or give another folder, then run again"
            ) from error
