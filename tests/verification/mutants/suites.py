"""Which files are mutated, and which tests are run for each, the likeliest to fail first.

Tests mirror the code path by path: `repro/a/b.py` is tested by `tests/a/test_b*.py`.
"""

from __future__ import annotations

from pathlib import Path

MUTATED = (
    "repro/credit",
    "repro/causal",
    "repro/statistics",
    "repro/verdicts/rules.py",
    "repro/plugin/session_results.py",
    "repro/plugin/recorder.py",
    "repro/plugin/validation.py",
    "repro/plugin/declaration.py",
)
"""What is mutated: files, and folders with all files below them."""

SUITES = {
    "credit": ("tests/credit", "tests/algorithms"),
    "causal": ("tests/causal", "tests/cli/test_audit*.py", "tests/claims/theory"),
    "statistics": ("tests/statistics", "tests/claims/transfer", "tests/claims/bids"),
    "verdicts": ("tests/verdicts", "tests/claims/transfer", "tests/claims/bids"),
    "plugin": ("tests/plugin", "tests/claims/test_*.py"),
}
"""Tests to run (folders, or patterns of file names), by the package that is mutated."""
FOR_ALL = "tests/test_dataclasses.py"
"""Tests that concern every package."""


def sources(root: Path) -> list[str]:
    """List the files to mutate, as paths from the root of the checkout."""
    found: list[Path] = []
    for name in MUTATED:
        place = root / name
        found += sorted(place.rglob("*.py")) if place.is_dir() else [place]
    return [file.relative_to(root).as_posix() for file in found]


def suite(root: Path, source: str) -> tuple[list[str], list[str]]:
    """Find the test files of a mutated file, as paths from the root of the checkout.

    Returns:
        The file's own tests (by mirrored path), and all others to run.
    """
    path = Path(source).relative_to("repro")
    own = root / "tests" / path.parent
    near = [*own.glob(f"test_{path.stem}.py"), *sorted(own.glob(f"test_{path.stem}_*.py"))]
    asked = (*SUITES[path.parts[0]], FOR_ALL)
    patterns = (p if p.endswith(".py") else f"{p}/**/test_*.py" for p in asked)
    files = [file for pattern in patterns for file in sorted(root.glob(pattern))]
    rest = [file for file in files if file not in near]
    return _relative(near, root), _relative(rest, root)


def _relative(files: list[Path], root: Path) -> list[str]:
    return [file.relative_to(root).as_posix() for file in files]
