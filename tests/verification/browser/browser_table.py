"""The table of claims is filtered and sorted, by mouse and by keyboard only."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.verification.browser.using import rows, tab_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.verification.browser.plugin import Report

COLUMNS = ("claim", "kind", "verdict", "measured", "n")


def _ids(report: Report, **fields: str) -> list[str]:
    """Return the ids of the claims with these fields in claims.json."""
    return [c["id"] for c in report.claims if all(c[key] == fields[key] for key in fields)]


_FIRST = {ord(mark): place for place, mark in enumerate(" -,.'()", start=1)}
"""Marks in the order of the Unicode collation algorithm, in which they precede digits and letters."""


def _key(column: str, claim: dict[str, Any]) -> Any:  # noqa: ANN401 - words, a text or a number
    """Return the sort key of a cell; None for an empty cell, which is last."""
    match column:
        case "claim":
            return claim["title"].casefold().translate(_FIRST)
        case "measured":
            return claim["measured"]["value"] if claim["measured"] else claim["checked"]
        case _:
            return claim[column]


def _count_text(page: Page) -> str:
    state: str = page.locator("#filter-count").inner_text()
    return state.strip()


def _state(page: Page) -> dict[str, str | None]:
    """Return the sort order of each column according to its heading."""
    return {
        column: page.locator("#claims th", has=page.locator(f"[data-sort={column}]")).get_attribute(
            "aria-sort"
        )
        for column in COLUMNS
    }


def test_every_claim_has_its_row(visit: Callable[..., Page], report: Report) -> None:
    page = visit()
    assert sorted(rows(page)) == sorted(_ids(report))
    for claim in report.claims:
        row = page.locator("#claims tbody tr").nth(rows(page).index(claim["id"]))
        assert row.get_attribute("data-verdict") == claim["verdict"]
        assert row.get_attribute("data-kind") == claim["kind"]
        assert claim["title"] in row.inner_text()
    count = len(report.claims)
    assert _count_text(page) == f"{count} of {count} claims"
    assert page.locator("#filter-count").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("field", ["verdict", "kind"])
def test_the_table_is_filtered_by_mouse(
    visit: Callable[..., Page], report: Report, field: str
) -> None:
    page = visit()
    before = rows(page)
    for value in sorted({claim[field] for claim in report.claims}):
        page.select_option(f"#filter-{field}", value)
        wanted = _ids(report, **{field: value})
        assert rows(page) == [row for row in before if row in wanted]
        assert _count_text(page) == f"{len(wanted)} of {len(before)} claims"
    page.select_option(f"#filter-{field}", index=0)
    assert rows(page) == before


def test_filters_add_up(visit: Callable[..., Page], report: Report) -> None:
    page = visit()
    both = {field: report.claims[0][field] for field in ("verdict", "kind")}
    for field, value in both.items():
        page.select_option(f"#filter-{field}", value)
    wanted = _ids(report, **both)
    assert sorted(rows(page)) == sorted(wanted)
    page.locator("#filter-text").fill(wanted[0].upper())
    assert wanted[0] in rows(page)
    assert set(rows(page)) <= set(wanted)
    page.locator("#filter-text").fill("no claim says this")
    assert rows(page) == []
    assert _count_text(page) == f"0 of {len(report.claims)} claims"


def test_the_table_is_filtered_by_keyboard(visit: Callable[..., Page], report: Report) -> None:
    page = visit()
    before = rows(page)
    for field in ("verdict", "kind"):
        tab_to(page, f"#filter-{field}")
        page.keyboard.press("ArrowDown")
        chosen = page.locator(f"#filter-{field}").input_value()
        assert chosen
        assert sorted(rows(page)) == sorted(_ids(report, **{field: chosen}))
        page.keyboard.press("Home")
        assert rows(page) == before
    tab_to(page, "#filter-text")
    page.keyboard.type(before[1])
    assert rows(page) == [row for row in before if before[1] in row]
    page.keyboard.press("Enter")
    assert page.url == report.address
    assert rows(page) == [row for row in before if before[1] in row]
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    assert rows(page) == before
    assert _count_text(page) == f"{len(before)} of {len(before)} claims"


def _press(page: Page, key: str, button: str) -> None:
    if key == "click":
        page.click(button)
    else:
        page.keyboard.press(key)


@pytest.mark.parametrize("key", ["click", "Enter", "Space"])
def test_the_table_is_sorted(visit: Callable[..., Page], report: Report, key: str) -> None:
    page = visit()
    before = rows(page)
    claims = sorted(report.claims, key=lambda claim: before.index(claim["id"]))
    unsorted: set[str | None] = {None, "none"}
    assert set(_state(page).values()) <= unsorted
    for column in COLUMNS:
        button = f"#claims [data-sort={column}]"
        if key != "click":
            tab_to(page, button)
        there = [claim for claim in claims if _key(column, claim) is not None]
        empty = [claim["id"] for claim in claims if _key(column, claim) is None]
        for direction in ("ascending", "descending"):
            _press(page, key, button)
            there.sort(key=partial(_key, column), reverse=direction == "descending")
            assert rows(page) == [claim["id"] for claim in there] + empty
            state = _state(page)
            assert state.pop(column) == direction
            assert set(state.values()) <= unsorted
            there = [claim for claim in claims if claim in there]
        _press(page, key, button)
        assert rows(page) == before
        assert set(_state(page).values()) <= unsorted


def test_another_column_takes_over_and_filters_stay(
    visit: Callable[..., Page], report: Report
) -> None:
    page = visit()
    page.select_option("#filter-verdict", report.claims[0]["verdict"])
    shown = rows(page)
    page.click("#claims [data-sort=n]")
    page.click("#claims [data-sort=claim]")
    assert _state(page)["n"] in {None, "none"}
    assert _state(page)["claim"] == "ascending"
    keys = {claim["id"]: _key("claim", claim) for claim in report.claims}
    assert rows(page) == sorted(shown, key=lambda row: keys[row])
    page.select_option("#filter-verdict", index=0)
    assert rows(page)[:1] == sorted(keys, key=lambda row: keys[row])[:1]
    assert sorted(rows(page)) == sorted(keys)
