"""Which files are mutated, and which tests are asked about each, the likeliest first."""

from __future__ import annotations

import re
from pathlib import Path

MUTATED = (
    "repro/credit",
    "repro/causal",
    "repro/statistics",
    "repro/verdicts/rules.py",
    "repro/plugin/session_results.py",
    "repro/plugin/recorder.py",
    "repro/plugin/declaration.py",
)
"""What is mutated: files, and folders of files."""

ASKED = {
    "repro/credit": ("tests/credit", "tests/algorithms"),
    "repro/causal": ("tests/causal", "tests/claims/theory", "tests/auditing"),
    "repro/statistics": ("tests/statistics", "tests/claims/transfer", "tests/claims/bids"),
    "repro": ("tests", "tests/claims/transfer", "tests/claims/bids"),
    "claims": ("tests/claims",),
}
"""The folders of tests to ask, by the mutated file's folder."""


def sources(root: Path) -> list[str]:
    """List the files to mutate, from the root of the checkout."""
    found: list[Path] = []
    for name in MUTATED:
        place = root / name
        found += sorted(place.glob("*.py")) if place.is_dir() else [place]
    return [file.relative_to(root).as_posix() for file in found]


def suite(root: Path, source: str) -> tuple[list[str], list[str]]:
    """Find the tests of a mutated file, from the root of the checkout.

    Returns:
        The test files that bear its name, and all others to ask.
    """
    folder, stem = Path(source).parent.as_posix(), Path(source).stem
    named = re.compile(rf"test_(\w+_)?{stem}(_\w+)?")
    home, *further = ASKED[folder]
    at_home = sorted((root / home).glob("test_*.py"))
    near = [file for file in at_home if named.fullmatch(file.stem)]
    if home == "tests":  # whose other files are about all else
        at_home = near
    rest = [file for file in at_home if file not in near]
    for place in further:
        rest += sorted((root / place).glob("test_*.py"))
    files = [[file.relative_to(root).as_posix() for file in part] for part in (near, rest)]
    return files[0], files[1]
