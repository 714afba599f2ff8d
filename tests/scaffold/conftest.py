"""The checkout that skeletons are written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.empty_checkout import make_empty_checkout

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the root of an empty checkout."""
    return make_empty_checkout(tmp_path)
