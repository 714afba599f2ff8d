"""Claims open by click, by key, by URL, all at once, in print, and without a script."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.verification.browser.using import claim, fold, in_sight, open_all, opened, rows, tab_to
from tests.verification.browser.visiting import HEIGHT, MOMENT, PHONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.verification.browser.plugin import Report

PARTS = """[...document.querySelectorAll("details.claim [id]")].map((part) => part.id)"""
SMALLEST, READABLE = 9, 8
"""Pixels of the smallest text of figures as they are drawn, 7 pt, and the least on the screen."""
ENLARGED = """() => Object.fromEntries([...document.querySelectorAll("a.zoom")].map((link) => {
  link.click();
  const large = document.querySelector("dialog[open] img");
  const scale = large.width / large.naturalWidth;
  large.closest("dialog").close();
  return [link.ariaLabel, scale];
}))"""
"""Enlarge each figure in turn; its width on the screen over that as it is drawn."""
OPEN = "name => document.getElementById(name).closest('details.claim').open"


def _go(page: Page, part: str) -> None:
    """Change the fragment of an open page, and wait until the claim of that part is open."""
    page.evaluate("name => { location.hash = name }", quote(part, safe=""))
    page.wait_for_function(OPEN, arg=part)


def test_every_claim_is_closed_at_first_and_opens_and_closes(
    visit: Callable[..., Page], report: Report
) -> None:
    page = visit()
    assert opened(page) == []
    assert page.locator("details.claim").count() == len(report.claims)
    for shown_claim in report.claims:
        found = claim(page, shown_claim["id"])
        assert shown_claim["title"] in found.locator("> summary").inner_text()
        assert shown_claim["verdict"] in found.locator("> summary").inner_text()
        found.locator("> summary").click()
        assert opened(page) == [shown_claim["id"]]
        assert shown_claim["statement"] in found.inner_text()
        found.locator("> summary").press("Enter")
        assert opened(page) == []


def test_a_fragment_opens_its_claim(visit: Callable[..., Page], report: Report) -> None:
    for shown_claim in (report.claims[0], report.claims[-1]):
        page = visit(quote(shown_claim["id"], safe=""))
        assert opened(page) == [shown_claim["id"]]
        assert in_sight(page, shown_claim["id"])


def test_a_new_fragment_opens_its_claim_on_an_open_page(
    visit: Callable[..., Page], report: Report
) -> None:
    page = visit()
    for number, shown_claim in enumerate(report.claims, start=1):
        _go(page, shown_claim["id"])
        assert len(opened(page)) == number
        assert in_sight(page, shown_claim["id"])


@pytest.mark.parametrize("press", ["click", "Enter"])
def test_a_row_opens_its_claim_each_time(
    visit: Callable[..., Page], report: Report, press: str
) -> None:
    page = visit()
    for place, name in enumerate(rows(page)):
        link = page.locator("#claims tbody tr").nth(place).get_by_role("link").first
        for _ in range(2):  # the second time, the URL does not change
            if press == "click":
                link.click()
            else:
                link.press(press)
            page.wait_for_function(OPEN, arg=name)
            assert in_sight(page, name)
            claim(page, name).locator("> summary").click()
            assert opened(page) == []
        assert page.url.startswith(f"{report.address}#")


def test_the_fragment_of_a_part_opens_its_claim(visit: Callable[..., Page]) -> None:
    page = visit()
    parts: list[str] = page.evaluate(PARTS)
    figures = [part for part in parts if part.startswith("figure:")]
    for part in parts:
        fold(page)
        _go(page, part)
        assert len(opened(page)) == 1
        assert in_sight(page, part)
    other = visit(quote(figures[-1], safe=""))
    assert len(opened(other)) == 1
    assert in_sight(other, figures[-1])


def test_an_unknown_fragment_is_ignored(visit: Callable[..., Page]) -> None:
    page = visit("%E0%A4%A")  # not valid UTF-8
    assert opened(page) == []
    for name in ("nowhere", '"]', "figure:", "%00", "%E0%A4%A1", "claims", ""):
        page.evaluate("where => { location.hash = where }", name)
        page.wait_for_timeout(MOMENT)
        assert opened(page) == []


def test_all_are_opened_and_closed(visit: Callable[..., Page], report: Report) -> None:
    page = visit()
    for press in ("click", "key"):
        for name, count in (("Open all", len(report.claims)), ("Close all", 0)):
            button = page.get_by_role("button", name=name)
            if press == "click":
                button.click()
            else:
                button.press("Enter")
            assert len(opened(page)) == count


def test_links_and_claims_are_reached_by_keyboard(
    visit: Callable[..., Page], report: Report
) -> None:
    page = visit()
    name = rows(page)[-1]
    tab_to(page, "#claims tbody tr:last-child a")
    page.keyboard.press("Enter")
    page.wait_for_function(OPEN, arg=name)
    other = visit()
    tab_to(other, "details.claim > summary")
    other.keyboard.press("Space")
    assert len(opened(other)) == 1
    assert len(report.claims) > 1


def test_print_shows_every_claim(visit: Callable[..., Page], report: Report) -> None:
    page = visit()
    page.evaluate("""() => {
      window.printed = [];
      const count = () => document.querySelectorAll("details.claim[open]").length;
      addEventListener("beforeprint", () => printed.push(count()));
      addEventListener("afterprint", () => requestAnimationFrame(() => printed.push(count())));
    }""")
    page.pdf()
    page.wait_for_function("printed.length === 2")
    assert page.evaluate("printed") == [len(report.claims), 0]
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for shown_claim in report.claims:
        assert (
            claim(page, shown_claim["id"]).get_by_text(shown_claim["statement"]).first.is_visible()
        )
    assert not page.locator("#filter").is_visible()


def test_without_a_script_everything_can_be_read(
    visit: Callable[..., Page], report: Report
) -> None:
    page = visit(script=False)
    assert sorted(rows(page)) == sorted(shown_claim["id"] for shown_claim in report.claims)
    assert not page.locator("#filter").is_visible()
    assert page.get_by_role("button", disabled=False).count() == 0
    for shown_claim in report.claims:
        found = claim(page, shown_claim["id"])
        text = found.inner_text()
        assert shown_claim["statement"] in text
        assert shown_claim["expected"].replace(" %", "\N{NO-BREAK SPACE}%") in text


@pytest.mark.parametrize("press", ["click", "Enter"])
def test_a_figure_is_enlarged_and_the_page_stays(
    visit: Callable[..., Page], report: Report, press: str
) -> None:
    page = visit()
    open_all(page)
    link = page.locator("a.zoom").first
    shown = link.get_by_role("img").get_attribute("src")
    for leave in ("Escape", "Close"):
        link.click() if press == "click" else link.press(press)
        large = page.locator("dialog[open] img")
        assert large.get_attribute("src") == shown
        if leave == "Close":
            page.get_by_role("button", name="Close", exact=True).click()
        else:
            page.keyboard.press(leave)
        assert page.locator("dialog[open]").count() == page.locator("dialog img").count() == 0
    assert page.url == report.address


def test_on_a_phone_a_tap_makes_the_text_of_every_figure_readable(
    visit: Callable[..., Page],
) -> None:
    scales: dict[str, float] = visit(width=PHONE).evaluate(ENLARGED)
    assert scales
    assert {name for name, scale in scales.items() if SMALLEST * scale < READABLE} == set()


def test_on_a_phone_the_first_screen_has_the_question_and_a_result(
    visit: Callable[..., Page], report: Report
) -> None:
    page = visit(width=PHONE)
    results = page.locator("header .short > div, header .summary")
    judged = {shown_claim["id"] for shown_claim in report.claims}
    last = results.nth(1 if "transfer.headline" in judged else 0).bounding_box()
    assert last is not None
    assert last["y"] + last["height"] < HEIGHT
    for later in (page.locator("header .tiles"), page.locator("header .exceptions")):
        for part in later.all():
            box = part.bounding_box()
            assert box is None or box["y"] > last["y"]
