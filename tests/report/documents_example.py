"""A report of the study tier in small, from which documents are written."""

from __future__ import annotations

from typing import Any

MARKS = "before\n<!-- table: claims -->\nold\n<!-- end -->\nafter\n<!-- table: artifact -->\n<!-- end -->\n"
HEADLINE: dict[str, Any] = {
    "id": "transfer.headline",
    "title": "13.9 | times",
    "kind": "empirical",
    "group": "",
    "study": False,
    "source": ["talk:103", "talk:43", "talk:44"],
    "required": True,
    "recorded": "reproduced",
    "verdict": "inconclusive",
    "checked": None,
    "n": 30,
    "subsamples": [
        {"seeds": seeds, "verdict": verdict, "measured": None}
        for seeds, verdict in (
            ("0-9", "inconclusive"),
            ("10-19", "reproduced"),
            ("20-29", "inconclusive"),
        )
    ],
    "measured": {"value": 13.1, "low": 8.9, "high": None, "unit": ""},
    "details": [],
    "points": [],
    "characteristics": [],
    "raw": [{"block": name} for name in ("a/training", "a/last", "b/training", "b/last")],
    "seconds": 5.0,
}
THEORY = HEADLINE | {
    "id": "theory.x",
    "title": "X",
    "kind": "theory",
    "source": ["talk:9"],
    "verdict": "reproduced",
    "checked": 1500,
    "n": None,
    "subsamples": [],
    "measured": None,
    "raw": [],
    "seconds": 46.0,
}
FINDING = THEORY | {"id": "finding.y", "kind": "finding", "seconds": 44.0, "checked": None}
BODY: dict[str, Any] = {
    "tier": "study",
    "commit": "abcdef0123456789",
    "dirty": False,
    "environment": {"processor": "P", "cores": 2},
    "cost": {"peak_memory": 3 * 2**29},
    "known": 3,
    "claims": [HEADLINE, THEORY, FINDING],
}
# Seconds of each block and of its chain: 240 s in total; the longest chain takes 200 s.
SECONDS = {
    "a/training": (150.0, 150.0),
    "a/last": (50.0, 200.0),
    "b/training": (30.0, 30.0),
    "b/last": (10.0, 40.0),
}
