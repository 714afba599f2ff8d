"""The pytest plugin that judges claims: which are selected, what they need, how they came out."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING

import pytest

from repro.errors import ClaimError, RecordError, UserError
from repro.plugin import terminal_summary
from repro.plugin.exit_codes import BAD_INPUT, INTERRUPTED
from repro.plugin.selection import Selection
from repro.plugin.session_results import Judging
from repro.protocol.tiers import PAPER
from repro.report.recorded_outcome import counted_as, deviations
from repro.verdicts import RunResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from repro.figures import Picture
    from repro.plugin.declaration import Declaration
    from repro.plugin.recorder import Recorder
    from repro.protocol.blocks import Block
    from repro.protocol.tiers import Tier
    from repro.records.record import Record
    from repro.verdicts import ClaimResult, LeftOut

    Records = Mapping[Block, Record | Exception]
    Provide = Callable[[Sequence[Block]], Records]


class ClaimsPlugin:
    """Judges the claims that pytest collects; knows nothing of how records are made.

    `pytest.main` then returns the exit codes of this project: 0 every required claim as recorded,
    1 one came out otherwise, 2 usage, bad input or a claim that breaks its rules, 3 one could not be
    judged, 130 interrupted; 2 before 3 before 1.
    """

    def __init__(self, provide: Provide, seeds: tuple[int, ...], tier: Tier = PAPER) -> None:
        """Make a plugin for one session.

        Args:
            provide: makes the records of blocks, in one call for all claims that are judged; for a
                block that failed it gives the exception in the record's place.
            seeds: what the claims' needs are asked for.
            tier: which claims are judged, and what is run in place of the blocks they need.
        """
        self.serve(provide, seeds, tier)
        self._records: Records = {}
        self._without_claims: list[str] = []
        self._interrupted = False

    def serve(self, provide: Provide, seeds: tuple[int, ...], tier: Tier) -> None:
        """Take other runs than those it was made with, before any claim is collected."""
        self._provide, self._seeds, self._tier = provide, seeds, tier
        self._selection = Selection(tier, seeds)
        self._judging = Judging(self._selection, tier)

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """What the selected claims declare, in the order they were collected."""
        return self._selection.judged

    @property
    def declared(self) -> Mapping[str, Declaration]:
        """What all collected claims declare, selected or not, by node id."""
        return self._selection.declared

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """The claims that were selected and that the tier does not judge."""
        return tuple(self._selection.left_out)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What the selected claims need at this tier, each block once."""
        return tuple(dict.fromkeys(itertools.chain(*self.needs.values())))

    @property
    def needs(self) -> Mapping[str, tuple[Block, ...]]:
        """The blocks of this tier that each selected claim is judged on, by the claim's id."""
        return self._selection.blocks

    @property
    def claims(self) -> tuple[ClaimResult, ...]:
        """The selected claims' results; one that the session did not get to is "not run"."""
        return tuple(self._judging.results.values())

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The figures that claims have recorded, each name once."""
        return tuple(self._judging.pictures.values())

    @pytest.fixture
    def record(self) -> Recorder:
        """What the claim writes its outcome, figures and controls to."""
        assert self._judging.recorder is not None, "made when the test is set up"
        return self._judging.recorder

    @pytest.fixture
    def seeds(self) -> tuple[int, ...]:
        """The seeds of this session, for which the claim's needs were made."""
        return self._seeds

    @pytest.fixture
    def runs(self, request: pytest.FixtureRequest) -> Callable[[Block], Record]:
        """Look up the record of a block that the claim's needs name, or of the tier's in its place."""
        needs = self._selection.needs[request.node.nodeid]

        def find(block: Block) -> Record:
            if block not in needs:
                raise ClaimError(f"it asks for {block.name}; add the block to its needs")
            record = self._records.get(self._tier.block(block))
            if record is None:
                raise RecordError(f"{block.name} has no record")
            if isinstance(record, Exception):
                raise RecordError(f"{block.name} failed: {record}") from record
            return record

        return find

    def pytest_addoption(self, parser: pytest.Parser) -> None:
        """Add `--claim`, which selects by the exact id where -k matches parts of names."""
        parser.getgroup("claims").addoption(
            "--claim",
            action="append",
            default=[],
            metavar="ID",
            help="judge this claim (repeatable)",
        )

    def pytest_configure(self, config: pytest.Config) -> None:
        """Register the marker, find claims in every file of their folders, and be quiet."""
        config.addinivalue_line(
            "markers", "claim(id=..., ...): fields as in repro/plugin/declaration.py"
        )
        config.addinivalue_line("python_files", "claims/*/[!_]*.py")
        if config.option.verbose <= 0:
            config.option.verbose = -2
            config.option.reportchars = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_cmdline_main(self) -> Generator[None, object, object]:
        """Show what the user can mend in one line, with this project's exit code for it."""
        try:
            return (yield)
        except pytest.UsageError as error:
            sys.stderr.write(f"ERROR: {error}\n")
            return BAD_INPUT

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note files in which no claim was found; say in a line why one cannot be read."""
        if report.failed:
            said = [line.removeprefix("E").strip() for line in str(report.longrepr).splitlines()]
            why = next(filter(None, reversed(said)), "no reason given")
            report.longrepr = f"{report.nodeid} cannot be read: {why}"
        if report.passed and report.nodeid.endswith(".py") and not report.result:
            self._without_claims.append(report.nodeid)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Refuse a file that ends the program when it is imported, as pytest itself does not."""
        try:
            return (yield)
        except SystemExit as error:
            raise pytest.UsageError(
                f"{collector.nodeid} cannot be read: it exits the program; declare claims only"
            ) from error

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None]:
        """Check every declaration and take what `--claim` names; then -k; then the tier."""
        if session.testsfailed:  # a file cannot be read, which is said before anything else
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

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Have all records made that the selected claims need, before the first is judged."""
        if session.testsfailed:
            return
        if not session.items:
            raise pytest.UsageError(self._selection.nothing(session.config.option.keyword))
        if session.config.option.collectonly:
            return
        self._judging.expect()
        if not self.blocks:
            return
        try:
            self._records = self._provide(self.blocks)
        except UserError as error:
            raise pytest.UsageError(str(error)) from error

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Start the claim's record."""
        self._judging.start(item.nodeid)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Make the claim's result; the test fails where it is not as recorded."""
        report = yield
        if call.when != "call" and call.excinfo is None:
            return report
        claim = self._judging.finish(item.nodeid, call)
        sound = not (claim.flipped or claim.failed or claim.verdict is Verdict.NOT_RUN)
        report.outcome = "passed" if sound else "failed"
        if item.nodeid not in self._judging.crashed:
            report.longrepr = None if sound else "; ".join(deviations([claim]))
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.CollectReport | pytest.TestReport, config: pytest.Config
    ) -> tuple[str, str, str | tuple[str, dict[str, bool]]] | None:
        """Count a claim under its verdict; only one with a bug is left to pytest, as failed."""
        claim = self._judging.results.get(report.nodeid)
        if claim is None or (report.when != "call" and not report.failed):
            return None
        word = "failed" if report.nodeid in self._judging.crashed else counted_as(claim)
        quiet = config.option.verbose < 0
        return word, "", "" if quiet else (word, {terminal_summary.colour(claim): True})

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Tell the user's Ctrl-C from pytest's own ways to stop."""
        self._interrupted = excinfo.type is KeyboardInterrupt

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Set the exit code."""
        stopped = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR)
        if self._interrupted:
            session.exitstatus = INTERRUPTED
        elif self._judging.broken or exitstatus in stopped:
            session.exitstatus = BAD_INPUT
        elif exitstatus != pytest.ExitCode.INTERNAL_ERROR:
            session.exitstatus = self._run.exit_code

    @property
    def _run(self) -> RunResult:
        return RunResult("", None, None, {}, 0.0, self.claims, left_out=self.left_out)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> Generator[None]:
        """Print the table of verdicts, after all that pytest has to say."""
        yield
        if self._judging.recorder is None:  # the session ended before the first claim
            return
        width = config.get_terminal_writer().fullwidth if terminalreporter.isatty else None
        for line in terminal_summary.summary(
            self._run, width=width, markup=terminalreporter.hasmarkup
        ):
            terminalreporter.write_line(line)
