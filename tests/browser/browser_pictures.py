"""Pictures for people: of the page's top and of a claim, and the one that the README shows."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.browser.plugin import OUT
from tests.browser.using import claim, in_sight
from tests.browser.visiting import PHONE, WIDE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.plugin import Report

MOST = 200_000
"""Bytes that the README's picture may take."""

real = pytest.mark.parametrize("report", ["shipped"], indirect=True)


def _size(picture: bytes) -> tuple[int, int]:
    """Width and height of a PNG, in pixels."""
    assert picture.startswith(b"\x89PNG\r\n")
    width, height = struct.unpack(">2I", picture[16:24])
    return width, height


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, PHONE], ids=["wide", "phone"])
def test_pictures_are_taken(
    visit: Callable[..., Page],
    report: Report,
    width: int,
    dark: bool,
    request: pytest.FixtureRequest,
) -> None:
    which = request.node.callspec.id
    shown = next(told["id"] for told in report.claims if told["figures"])
    page = visit(width=width, dark=dark)
    full = page.screenshot(path=OUT / f"page-{which}.png", full_page=True)
    assert _size(full)[0] == width
    page = visit(quote(shown, safe=""), width=width, dark=dark)
    assert in_sight(page, shown)
    top = page.screenshot(path=OUT / f"linked-{which}.png")
    opened = claim(page, shown).screenshot(path=OUT / f"claim-{which}.png")
    assert _size(top)[0] == width
    assert _size(opened)[1] > _size(top)[1] / 2


@real
def test_the_readmes_picture_is_small(
    visit: Callable[..., Page], pytestconfig: pytest.Config
) -> None:
    picture = visit(width=WIDE).screenshot()
    assert _size(picture)[0] == WIDE
    assert len(picture) < MOST
    (OUT / "report.png").write_bytes(picture)
    kept: Path | None = pytestconfig.getoption("--picture")
    if kept is not None:
        kept.write_bytes(picture)
