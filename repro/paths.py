"""Where files go: the one answer for everything that reads or writes in the checkout."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
"""The checkout that this package lies in."""
CLAIMS = PROJECT / "claims"
"""The claims, one file each."""
DATA = PROJECT / "data"
"""Files that are committed: shipped runs, tables of the simulation studies, the badge."""
SHIPPED = DATA / "runs"
"""The runs of the last published paper tier."""
BUILD = PROJECT / "build"
"""Everything that a command writes, unless it is given another folder."""
RUNS = BUILD / "runs"
"""Records of finished runs."""
REPORT = BUILD / "claims"
"""The report."""
ORACLE = BUILD / "oracle" / "oracle.json"
"""The comparison with Stable-Baselines3, if `nox -s oracle` was run."""
