"""Open a page like a reader, and record everything else that it does."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request

WIDE = 1280
PHONE = 390
NARROW = 320
HEIGHT = 844
MOMENT = 50
"""Milliseconds."""


@dataclass
class Visit:
    """An open page.

    Attributes:
        page: Playwright's page.
        faults: descriptions of console messages, errors, dialogs and requests so far.
    """

    page: Page
    faults: list[str] = field(default_factory=list)

    def watch(self, address: str) -> None:
        """Start to record what the page at `address` does; loading itself is allowed."""

        def request(made: Request) -> None:
            url = made.url.partition("#")[0]
            if url != address and not url.startswith("data:"):
                self.faults.append(f"request of {made.url}")

        def dialog(shown: Dialog) -> None:
            self.faults.append(f"dialog: {shown.message}")
            shown.dismiss()

        self.page.on("request", request)
        self.page.on("dialog", dialog)
        self.page.on("console", lambda message: self.faults.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("popup", lambda other: self.faults.append(f"window: {other.url}"))
        self.page.on("crash", lambda _: self.faults.append("crash"))

    def settled(self) -> list[str]:
        """Wait for delayed actions of the page; return all faults."""
        self.page.wait_for_timeout(MOMENT)
        return self.faults


@contextmanager
def context(
    browser: Browser,
    *,
    width: int = WIDE,
    dark: bool = False,
    script: bool = True,
    still: bool = False,
) -> Iterator[BrowserContext]:
    """Make a browser profile without a network.

    Args:
        browser: the browser.
        width: of the window, in CSS pixels.
        dark: whether the user prefers dark pages.
        script: whether scripts run.
        still: whether the user prefers reduced motion.
    """
    made = browser.new_context(
        viewport={"width": width, "height": HEIGHT},
        color_scheme="dark" if dark else "light",
        java_script_enabled=script,
        reduced_motion="reduce" if still else "no-preference",
        offline=True,
    )
    made.set_default_timeout(5000)
    made.set_default_navigation_timeout(30_000)  # the page of all claims has ten megabytes
    try:
        yield made
    finally:
        made.close()


def enter(profile: BrowserContext, address: str, fragment: str = "") -> Visit:
    """Open `address`, at `fragment`, in a new window of `profile`."""
    visit = Visit(profile.new_page())
    visit.watch(address)
    visit.page.goto(f"{address}#{fragment}" if fragment else address)
    return visit
