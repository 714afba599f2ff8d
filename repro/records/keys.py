"""The key of a record: a digest of everything that its numbers depend on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from repro import algorithms, tasks
from repro.protocol.matched import Matched
from repro.storage.provenance import versions
from repro.storage.syntax_digest import code_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repro.protocol.blocks import Block

SCHEMA = 3
"""Version of the record format."""
TRAINING = "repro.training.run"
"""The module that trains a block. A key covers its code, that of the block's algorithm and task, and all
that these import. A renamed module changes keys unless `repro.storage.syntax_digest.LABELS` names it."""
MATCHING = "repro.training.matching"
"""The module that changes weights of a matched block before it is trained; in the keys of such blocks only."""


def key(block: Block, computed_with: Mapping[str, str] | None = None) -> str:
    """Return the digest of all that a block's result depends on: parameters, parent, reference, code, versions.

    Args:
        block: what is run.
        computed_with: as `repro.storage.versions` returns them; None: those of this environment.

    Raises:
        UserError: the block names an algorithm or a problem that does not exist.
    """
    algorithm = algorithms.load(block.algorithm, **dict(block.hyperparameters))
    problem = tasks.problem(block.problem)
    task = f"{tasks.__name__}.{block.problem.partition('.')[0]}"
    facts = {
        "schema": SCHEMA,
        "algorithm": [block.algorithm, asdict(algorithm)],
        "problem": [problem.name, [task.name for task in problem.tasks]],
        "seeds": block.seeds,
        "epochs": block.epochs,
        "extra_epochs": block.extra_epochs,
        "bids": block.bids,
        "parent": key(block.parent, computed_with) if block.parent else None,
        "start": [block.from_epoch, block.changes],
        "keep": block.keep,
        "code": code_digest((TRAINING, type(algorithm).__module__, task)),
        "versions": versions() if computed_with is None else computed_with,
    }
    if isinstance(block, Matched):
        reference = key(block.reference, computed_with)
        facts["match"] = [block.match, reference, code_digest((MATCHING,))]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
