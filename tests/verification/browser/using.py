"""Use the report's table and claims like a reader."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

IN_SIGHT = """name => {
  const part = document.getElementById(name);
  const top = part.getBoundingClientRect().top;
  return part.checkVisibility() && top >= -1 && top < innerHeight;
}"""

STOPS = 200
"""Upper limit of Tab key presses."""


def rows(page: Page) -> list[str]:
    """Return the ids of the claims shown in the table, from top to bottom."""
    shown: list[str] = page.locator("#claims tbody tr:visible").evaluate_all(
        "rows => rows.map((row) => row.dataset.claim)"
    )
    return shown


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is on the element."""
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("what => document.activeElement.matches(what)", selector):
            return
    raise AssertionError(f"{selector} was not reached with {STOPS} Tab presses")


def claim(page: Page, name: str) -> Locator:
    """Find a claim's <details>; its id may hold quotes."""
    return page.locator(f"details.claim[id={json.dumps(name)}]")


def opened(page: Page) -> list[str]:
    """Return the ids of the open claims."""
    found: list[str] = page.locator("details.claim[open]").evaluate_all(
        "claims => claims.map((claim) => claim.id)"
    )
    return found


def open_all(page: Page) -> None:
    """Open every claim and everything folded inside, without the page's own script."""
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true })")


def shorten(page: Page) -> None:
    """Keep four rows of each table and seeds of each drawing; the others look the same."""
    page.evaluate(
        "document.querySelectorAll('details :is(tbody tr, svg g, svg line):nth-of-type(n+5)')"
        ".forEach((part) => part.remove())"
    )


def fold(page: Page) -> None:
    """Close everything that can be closed."""
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = false })")


def in_sight(page: Page, name: str) -> bool:
    """Return True if the element with id `name` is shown, its top inside the window."""
    inside: bool = page.evaluate(IN_SIGHT, name)
    return inside
