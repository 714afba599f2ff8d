"""A checkout with nothing in it but the places where files are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

DECLARES = """
import pytest

@pytest.mark.claim(title="A title", id="transfer.taken")
def test_other(): ...
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make the folders, two of them groups of claims, and one claim."""
    for group in ("bids", "transfer"):
        (tmp_path / "claims" / group).mkdir(parents=True)
        (tmp_path / "claims" / group / "__init__.py").touch()
    (tmp_path / "claims" / "transfer" / "other.py").write_text(DECLARES, encoding="utf-8")
    (tmp_path / "claims" / "transfer" / "half.py").write_text("def (", encoding="utf-8")
    for kind in ("algorithms", "tasks"):
        (tmp_path / "repro" / kind).mkdir(parents=True)
    return tmp_path
