"""The checks detect what they should: each fault is made on purpose and must be reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.verification.browser import checks
from tests.verification.browser.visiting import PHONE, context, enter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

DOT = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='200' height='9'/>"
PLAIN = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Plain</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data: https:;
style-src 'unsafe-inline'; script-src 'unsafe-inline' https:; script-src-elem 'unsafe-inline' https:">
</head><body><main><h1>Plain</h1><p>Nothing is wrong.</p><a href="#here">Here</a>
<svg><text y="9">drawn</text></svg><img src="{DOT}" alt="A line">%s</main></body></html>"""


def _visit(browser: Browser, folder: Path, added: str, check: Callable[[Page], list[str]]) -> str:
    """Write a plain page with something added; return all faults found."""
    file = folder / "page.html"
    file.write_text(PLAIN.replace("%s", added), encoding="utf-8")
    with context(browser, width=PHONE) as profile:
        visit = enter(profile, file.as_uri())
        return "\n".join([*check(visit.page), *visit.settled()])


def _none(_page: Page) -> list[str]:
    return []


def _focus(page: Page) -> list[str]:
    return checks.focus(page)[1]


CHECKS = (
    checks.images,
    checks.sideways,
    checks.barriers,
    checks.faint,
    checks.moving,
    _focus,
    _none,
)


@pytest.mark.parametrize("check", CHECKS)
def test_a_plain_page_has_no_fault(
    browser: Browser, tmp_path: Path, check: Callable[[Page], list[str]]
) -> None:
    assert _visit(browser, tmp_path, "", check) == ""


@pytest.mark.parametrize(
    ("added", "check", "fault"),
    [
        ('<img src="data:image/png;base64,AAAA" alt="x">', checks.images, "cannot be decoded"),
        (f'<img src="{DOT}" alt=" ">', checks.images, "no alt text"),
        (f'<img src="{DOT}" alt="x" style="width: 9px">', checks.images, "too small"),
        ('<div style="width: 600px">wide</div>', checks.sideways, "600px"),
        ('<p style="color: #999">pale</p>', checks.barriers, "color-contrast"),
        ('<svg><text y="9" fill="#999">pale</text></svg>', checks.faint, "contrast 2.85"),
        ("<button></button>", checks.barriers, "button-name"),
        (f'<img src="{DOT}">', checks.barriers, "image-alt"),
        ('<a href="#x" style="outline: none">bare</a>', _focus, "no ring"),
        ('<a href="#x" style="position: fixed; top: -99px">up</a>', _focus, "out of sight"),
        ('<p style="transition: color 1s">slow</p>', checks.moving, "slow"),
        ("<script>console.error('broken')</script>", _none, "console: broken"),
        ("<script>console.warn('odd')</script>", _none, "console: odd"),
        ("<script>nothing.at.all</script>", _none, "error: nothing is not defined"),
        ("<script>alert(7)</script>", _none, "dialog: 7"),
        ('<script src="https://example.org/x.js"></script>', _none, "request of https://example"),
        ('<img src="https://example.org/x.png" alt="x">', _none, "request of https://example"),
        ('<link rel="stylesheet" href="https://example.org/x.css">', _none, "Security Policy"),
        ('<script>setTimeout(() => fetch("other.html"), 0)</script>', _none, "Security Policy"),
    ],
)
def test_a_fault_is_detected(
    browser: Browser, tmp_path: Path, added: str, check: Callable[[Page], list[str]], fault: str
) -> None:
    assert fault in _visit(browser, tmp_path, added, check)
