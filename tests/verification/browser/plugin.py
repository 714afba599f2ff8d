"""Pytest plugin of `nox -s browser`: the fixtures of the browser tests, and two options."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from repro.paths import PROJECT
from tests.verification.browser import synthetic
from tests.verification.browser.chromium import MISSING, find
from tests.verification.browser.visiting import context, enter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.verification.browser.visiting import Visit

OUT = PROJECT / "build" / "browser"
"""Where screenshots go, for people to look at."""


@dataclass(frozen=True)
class Report:
    """A report on disk.

    Attributes:
        page: its index.html.
        claims: the objects of its claims.json, in order.
    """

    page: Path
    claims: list[dict[str, Any]]

    @property
    def address(self) -> str:
        """The URL of the page."""
        return self.page.as_uri()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options for the page and for the README's picture."""
    group = parser.getgroup("report")
    group.addoption("--page", type=Path, help="index.html of a report")
    group.addoption("--picture", type=Path, help="write the README's picture of the page here")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to start without a browser, or without a page."""
    if find() is None:
        raise pytest.UsageError(MISSING)
    page: Path | None = config.getoption("--page")
    if page is None or not page.with_name("claims.json").is_file():
        raise pytest.UsageError(
            f"--page: given {page}; expected the index.html of a report, with claims.json next to it"
        )


def read(page: Path) -> Report:
    """Read the verdicts next to a page."""
    body = json.loads(page.with_name("claims.json").read_text(encoding="utf-8"))
    return Report(page.resolve(), body["claims"])


@pytest.fixture(scope="session")
def real(pytestconfig: pytest.Config) -> Report:
    """The report under test."""
    return read(pytestconfig.getoption("--page"))


@pytest.fixture(scope="session")
def synthetic_report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A report of synthetic claims, one of them hostile."""
    return read(synthetic.write(tmp_path_factory.mktemp("synthetic")))


@pytest.fixture(params=["real", "synthetic_report"])
def report(request: pytest.FixtureRequest) -> Report:
    """Each report in turn."""
    found: Report = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=find())
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, report: Report) -> Iterator[Callable[..., Page]]:
    """Open the report, as `visit("fragment", width=390, dark=True)`; any fault fails the test."""
    visits: list[Visit] = []
    with ExitStack() as profiles:

        def open_page(fragment: str = "", **options: Any) -> Page:  # noqa: ANN401 - as context() has them
            profile = profiles.enter_context(context(browser, **options))
            opened = enter(profile, report.address, fragment)
            visits.append(opened)
            return opened.page

        yield open_page
        assert [fault for opened in visits for fault in opened.settled()] == []
