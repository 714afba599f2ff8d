"""The paths of all files and folders in the checkout that the code reads or writes."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
"""The checkout that contains this package."""
CLAIMS = PROJECT / "claims"
"""The claims, one file each."""
DATA = PROJECT / "data"
"""Committed files: shipped runs, tables of the simulation studies, the badge."""
SHIPPED = DATA / "runs"
"""The runs of the last published study tier."""
HISTORY = DATA / "history.json"
"""The verdicts of earlier versions."""
BUILD = PROJECT / "build"
"""The folder that commands write to, unless they are given another one."""
RUNS = BUILD / "runs"
"""Records of finished runs."""
REPORT = BUILD / "claims"
"""The report of the last run."""
PEERS = BUILD / "peers" / "peers.json"
"""The speed of other implementations, which `nox -s peers` writes."""
ORACLE = BUILD / "oracle" / "oracle.json"
"""The comparison with Stable-Baselines3, which `nox -s oracle` writes."""
