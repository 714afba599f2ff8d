"""A checkout that has only the folders in which new files are found, and one claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CLAIM = """
import pytest

@pytest.mark.claim(title="A title", id="transfer.taken")
def test_other(): ...
"""


def make_empty_checkout(folder: Path) -> Path:
    """Make the folders, two of them groups of claims, a claim, and a file with a syntax error."""
    for group in ("bids", "transfer"):
        (folder / "claims" / group).mkdir(parents=True)
        (folder / "claims" / group / "__init__.py").touch()
    (folder / "claims" / "transfer" / "other.py").write_text(CLAIM, encoding="utf-8")
    (folder / "claims" / "transfer" / "half.py").write_text("def (", encoding="utf-8")
    for kind in ("algorithms", "tasks"):
        (folder / "repro" / kind).mkdir(parents=True)
    return folder
