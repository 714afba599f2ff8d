"""Screenshots for people: the top of the page, a claim, and the picture in the README."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.verification.browser.plugin import OUT
from tests.verification.browser.using import claim, in_sight
from tests.verification.browser.visiting import HEIGHT, PHONE, WIDE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.verification.browser.plugin import Report

MOST = 300_000
"""Maximum number of bytes of the README's picture: eight rows, each with a sentence and an interval."""
PATIENCE = 30_000
"""Milliseconds that a picture of a whole page may take; the page of all claims is long."""

pytestmark = pytest.mark.parametrize("report", ["real"], indirect=True)


def _size(picture: bytes) -> tuple[int, int]:
    """Return width and height of a PNG, in pixels."""
    assert picture.startswith(b"\x89PNG\r\n")
    width, height = struct.unpack(">2I", picture[16:24])
    return width, height


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, PHONE], ids=["wide", "phone"])
def test_pictures_are_taken(
    visit: Callable[..., Page], report: Report, width: int, dark: bool
) -> None:
    which = f"{'wide' if width == WIDE else 'phone'}-{'dark' if dark else 'light'}.png"
    shown = next(shown_claim["id"] for shown_claim in report.claims if shown_claim["figures"])
    full = visit(width=width, dark=dark).screenshot(
        path=OUT / f"page-{which}", full_page=True, timeout=PATIENCE
    )
    assert _size(full)[0] == width
    page = visit(quote(shown, safe=""), width=width, dark=dark)
    assert in_sight(page, shown)
    top = page.screenshot(path=OUT / f"linked-{which}")
    assert _size(top) == (width, HEIGHT)
    unfolded = claim(page, shown).screenshot(path=OUT / f"claim-{which}")
    assert _size(unfolded)[1] > HEIGHT / 2


def test_the_readmes_picture_is_small(
    visit: Callable[..., Page], pytestconfig: pytest.Config
) -> None:
    """It shows the empirical claims in the table."""
    page = visit(width=WIDE)
    page.screenshot(path=OUT / "report.png")
    page.select_option("#filter-kind", "empirical")
    box = page.locator("section", has=page.locator("#claims")).bounding_box()
    assert box is not None
    around: Any = {"x": 0, "y": box["y"], "width": WIDE, "height": box["height"]}
    picture = page.screenshot(path=OUT / "table.png", full_page=True, clip=around, timeout=PATIENCE)
    assert _size(picture)[0] == WIDE
    assert len(picture) < MOST
    kept: Path | None = pytestconfig.getoption("--picture")
    if kept is not None:
        kept.write_bytes(picture)
