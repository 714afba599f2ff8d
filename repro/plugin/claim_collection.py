"""The hooks that collect claims: options, files, declarations, and which claims are judged."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from repro.errors import UserError
from repro.plugin.exit_codes import BAD_INPUT
from repro.plugin.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from repro.plugin.declaration import Declaration
    from repro.plugin.selection import Check
    from repro.protocol.blocks import Block
    from repro.protocol.tiers import Tier
    from repro.verdicts import LeftOut


class ClaimCollection:
    """Collects and selects claims; a pytest plugin that the one which judges them extends.

    Args:
        seeds: the seeds to judge claims on.
        tier: which claims are judged.
        check: raises a UserError for a block that cannot be trained.
    """

    def __init__(self, seeds: tuple[int, ...], tier: Tier, check: Check) -> None:
        self._without_claims: list[str] = []
        self.select(seeds, tier, check)

    def select(self, seeds: tuple[int, ...], tier: Tier, check: Check) -> None:
        """Replace the arguments of `__init__`, before any claim is collected."""
        self._seeds, self._tier = seeds, tier
        self._selection = Selection(tier, seeds, check)

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """Declarations of the selected claims, in the order of collection."""
        return self._selection.judged

    @property
    def declared(self) -> Mapping[str, Declaration]:
        """Declarations of all collected claims, selected or not, by node id."""
        return self._selection.declared

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """The selected claims that the tier does not judge."""
        return tuple(self._selection.left_out)

    @property
    def needs(self) -> Mapping[str, tuple[Block, ...]]:
        """The blocks that each selected claim is judged on at this tier, by claim id."""
        return self._selection.blocks

    def pytest_addoption(self, parser: pytest.Parser) -> None:
        """Add `--claim`, which selects by exact id; -k matches parts of names."""
        parser.getgroup("claims").addoption(
            "--claim",
            action="append",
            default=[],
            metavar="ID",
            help="judge only this claim (repeatable)",
        )

    def pytest_configure(self, config: pytest.Config) -> None:
        """Register the marker, collect every file in a claims folder, and print little."""
        config.addinivalue_line(
            "markers", "claim(id=..., ...): fields as in repro/plugin/declaration.py"
        )
        config.addinivalue_line("python_files", "claims/*/[!_]*.py")
        if config.option.verbose <= 0:
            config.option.verbose = -2
            config.option.reportchars = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_cmdline_main(self) -> Generator[None, object, object]:
        """Print a usage error in one line, and return the exit code for it."""
        try:
            return (yield)
        except pytest.UsageError as error:
            sys.stderr.write(f"ERROR: {error}\n")
            return BAD_INPUT

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note files without claims; shorten the error of an import that fails to one line."""
        if report.failed:
            lines = [line.removeprefix("E").strip() for line in str(report.longrepr).splitlines()]
            why = next(filter(None, reversed(lines)), "no reason given")
            report.longrepr = f"{report.nodeid} cannot be read: {why}"
        if report.passed and report.nodeid.endswith(".py") and not report.result:
            self._without_claims.append(report.nodeid)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Report a file that exits the program on import as a usage error; pytest would exit."""
        try:
            return (yield)
        except SystemExit as error:
            raise pytest.UsageError(
                f"{collector.nodeid} cannot be read: it exits the program; it must only declare claims"
            ) from error

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None]:
        """Check every declaration, then select by `--claim`, by -k and by tier."""
        if session.testsfailed:  # a file cannot be imported; pytest reports that first
            yield
            return
        chosen = set(config.getoption("--claim"))
        try:
            dropped = self._selection.declare(items, self._without_claims, chosen)
            config.hook.pytest_deselected(items=dropped)
            yield
            config.hook.pytest_deselected(items=self._selection.narrow(items))
        except UserError as error:
            raise pytest.UsageError(str(error)) from error
