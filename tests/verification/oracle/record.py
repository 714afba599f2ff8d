"""Write the results of the comparison, with their provenance."""

from __future__ import annotations

import importlib.metadata
import json
from typing import Any

from repro.paths import ORACLE
from repro.storage import provenance
from repro.storage.syntax_digest import code_digest

FOLDER = ORACLE.parent
CODE = ("repro.training.trainer", "repro.algorithms.ppo", "repro.tasks.linear_chain")
"""Modules under comparison: the digest of their code says whether it has changed since."""


def write(part: str, measured: dict[str, Any]) -> None:
    """Write one part of the comparison to FOLDER/oracle.json; keep the other part."""
    file = FOLDER / "oracle.json"
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    commit, dirty = provenance.commit()
    theirs = ("stable-baselines3", "gymnasium")
    made = {
        "commit": commit,
        "dirty": dirty,
        "modules": CODE,
        "code": code_digest(CODE),
        "environment": provenance.environment()
        | {name: importlib.metadata.version(name) for name in theirs},
    }
    found[part] = {"made": made, **measured}
    file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
