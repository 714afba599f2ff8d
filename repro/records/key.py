"""The key of a record: a digest of everything its numbers depend on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from repro import algorithms, tasks
from repro.storage.provenance import code_digest, versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repro.protocol.blocks import Block

SCHEMA = 2


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
        "stay": block.extra_epochs,
        "bids": block.bids,
        "parent": key(block.parent, computed_with) if block.parent else None,
        "code": code_digest(
            (
                "repro.training.run",
                type(algorithm).__module__,
                f"repro.tasks.{block.problem.partition('.')[0]}",
            )
        ),
        "versions": versions() if computed_with is None else computed_with,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
