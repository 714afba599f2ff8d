"""The page is complete and accessible, at every width and in both colour schemes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.verification.browser import checks
from tests.verification.browser.using import fold, open_all, shorten
from tests.verification.browser.visiting import HEIGHT, NARROW, PHONE, WIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.verification.browser.plugin import Report

LIGHTNESS = """() => {
  const paint = document.createElement("canvas").getContext("2d");
  paint.fillStyle = getComputedStyle(document.body).backgroundColor;
  paint.fillRect(0, 0, 1, 1);
  const [red, green, blue] = paint.getImageData(0, 0, 1, 1).data;
  return (red + green + blue) / 765;
}"""

dark = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


def test_every_image_has_loaded_and_has_alternative_text(
    visit: Callable[..., Page], report: Report
) -> None:
    page = visit()
    open_all(page)
    assert page.locator("img").count() >= 1
    assert checks.images(page) == []
    shown = {name for shown_claim in report.claims for name in shown_claim["figures"]}
    assert page.locator("[id^='figure:']").count() >= len(shown)


def test_nothing_is_wider_than_the_window(visit: Callable[..., Page]) -> None:
    page = visit()
    for change in (fold, open_all):
        change(page)
        for width in (WIDE, PHONE, NARROW):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            assert checks.sideways(page) == []


@pytest.mark.parametrize("width", [WIDE, PHONE], ids=["wide", "phone"])
@dark
def test_axe_finds_no_violation(visit: Callable[..., Page], width: int, dark: bool) -> None:
    page = visit(width=width, dark=dark)
    open_all(page)
    assert checks.faint(page) == []
    shorten(page)
    assert checks.barriers(page) == []
    fold(page)
    assert checks.barriers(page) == []


@dark
def test_the_page_follows_the_readers_colours(visit: Callable[..., Page], dark: bool) -> None:
    lightness: float = visit(dark=dark).evaluate(LIGHTNESS)
    assert (lightness < 0.2) if dark else (lightness > 0.9)


def test_the_focus_is_always_visible(visit: Callable[..., Page]) -> None:
    page = visit(still=True)
    open_all(page)
    stops, faults = checks.focus(page)
    assert faults == []
    assert stops >= page.locator("a:visible, button:visible, summary:visible").count()


def test_nothing_moves_with_reduced_motion(visit: Callable[..., Page]) -> None:
    page = visit(still=True)
    open_all(page)
    assert checks.moving(page) == []


def test_no_text_is_executed(visit: Callable[..., Page]) -> None:
    page = visit()
    open_all(page)
    page.get_by_role("button", name="Open all").click()
    page.locator("#filter-text").fill("<script>")
    assert page.evaluate("'pwned' in window") is False
