"""The hooks that judge claims: get runs, call the claims, here or in other processes, make results."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, cast

import pytest

from repro.errors import ClaimError, RecordError, UserError
from repro.plugin import terminal_summary
from repro.plugin.claim_collection import ClaimCollection
from repro.plugin.exit_codes import BAD_INPUT, INTERRUPTED, exit_code
from repro.plugin.judging_apart import JudgingApart
from repro.plugin.session_results import SessionResults
from repro.plugin.subsamples import judge_by_tens
from repro.protocol.tiers import PAPER
from repro.report.recorded_outcome import counted_as, deviations
from repro.verdicts import RunResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from repro.plugin.recorder import Recorder
    from repro.plugin.selection import Check
    from repro.protocol.blocks import Block
    from repro.protocol.tiers import Tier
    from repro.records.record import Record
    from repro.report import Drawn
    from repro.verdicts import ClaimResult

    Records = Mapping[Block, Record | Exception]
    Provide = Callable[[Sequence[Block]], Records]


class ClaimsPlugin(ClaimCollection):
    """Judges the claims that pytest collects; does not know how records are made.

    `pytest.main` then returns an exit code of `repro.plugin.exit_codes`. If several apply, the
    first of these counts: bad input, a claim that could not be judged, a contradicted claim.

    Args:
        provide: returns the records of blocks, called once for all claims that are judged; for a
            block that failed, the exception instead of its record.
        seeds: the seeds to judge claims on.
        tier: which claims are judged, and which blocks are run instead of those that they need.
    """

    def __init__(self, provide: Provide, seeds: tuple[int, ...], tier: Tier = PAPER) -> None:
        super().__init__(seeds, tier, lambda _block: None)
        self.configure(provide, seeds, tier)
        self._records: Records = {}
        self._apart: JudgingApart | None = None
        self._interrupted = False

    def configure(
        self,
        provide: Provide,
        seeds: tuple[int, ...],
        tier: Tier,
        check: Check = lambda _block: None,
        jobs: int = 1,
    ) -> None:
        """Replace the arguments of `__init__`, before any claim is collected.

        Args:
            provide: see the class.
            seeds: see the class.
            tier: see the class.
            check: raises a UserError for a block that cannot be trained; by default none is checked.
            jobs: number of claims to judge at once.
        """
        self.select(seeds, tier, check)
        self._provide, self._jobs = provide, jobs
        self._results = SessionResults(self._selection, tier)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks that the selected claims need at this tier, each once."""
        return tuple(dict.fromkeys(itertools.chain(*self.needs.values())))

    @property
    def claims(self) -> tuple[ClaimResult, ...]:
        """Results of the selected claims; a claim that the session did not reach is "not run"."""
        return tuple(self._results.results.values())

    @property
    def pictures(self) -> tuple[Drawn, ...]:
        """The recorded figures as drawn, each name once."""
        return tuple(self._results.pictures.values())

    @pytest.fixture
    def record(self) -> Recorder:
        """The recorder for the claim's outcome, figures and controls."""
        return cast("Recorder", self._results.recorder)  # set by pytest_runtest_setup

    @pytest.fixture
    def seeds(self) -> tuple[int, ...]:
        """The seeds of this session, which the claim's needs were called with."""
        return self._seeds

    @pytest.fixture
    def runs(self, request: pytest.FixtureRequest) -> Callable[[Block], Record]:
        """Function from a block in the claim's needs to the record that the tier has for it."""
        needs = self._selection.needs[request.node.nodeid]

        def find(block: Block) -> Record:
            if block not in needs:
                raise ClaimError(f"given runs({block.name}); add the block to the claim's needs")
            record = self._records.get(self._tier.block(block))
            if record is None:
                raise RecordError(f"{block.name} has no record")
            if isinstance(record, Exception):
                raise RecordError(f"{block.name} failed: {record}") from record
            return record

        return find

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Get all records that the selected claims need, before the first claim is judged."""
        if session.testsfailed:
            return
        if not session.items:
            raise pytest.UsageError(self._selection.nothing_selected(session.config.option.keyword))
        if session.config.option.collectonly:
            return
        self._results.mark_all_not_run()
        try:
            self._records = self._provide(self.blocks) if self.blocks else {}
        except UserError as error:
            raise pytest.UsageError(str(error)) from error
        self._apart = JudgingApart(session, self._results, self._jobs)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Report a claim that is judged in another process; pytest judges the others here."""
        return True if self._apart is not None and self._apart.report(item) else None

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """Judge a claim on all seeds, then on ten at a time."""
        judged = yield
        claim = self._selection.declared[pyfuncitem.nodeid]
        self._results.subsamples = judge_by_tens(pyfuncitem, claim, self._seeds)
        return judged

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Start recording a claim."""
        self._results.start(item.nodeid)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Make the claim's result; the test fails if the claim flips, fails or is not run."""
        report = yield
        if call.when != "call" and call.excinfo is None:
            return report
        claim = self._results.finish(item.nodeid, call)
        passed = not (claim.flipped or claim.failed or claim.verdict is Verdict.NOT_RUN)
        report.outcome = "passed" if passed else "failed"
        if item.nodeid not in self._results.crashed:
            report.longrepr = None if passed else "; ".join(deviations([claim]))
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.CollectReport | pytest.TestReport, config: pytest.Config
    ) -> tuple[str, str, str | tuple[str, dict[str, bool]]] | None:
        """Count a claim by its verdict; a claim with a bug counts as failed, as in pytest."""
        claim = self._results.results.get(report.nodeid)
        if claim is None or (report.when != "call" and not report.failed):
            return None
        word = "failed" if report.nodeid in self._results.crashed else counted_as(claim)
        quiet = config.option.verbose < 0
        return word, "", "" if quiet else (word, {terminal_summary.colour(claim): True})

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Note Ctrl-C; pytest also calls this when it stops for other reasons."""
        self._interrupted = excinfo.type is KeyboardInterrupt

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """End the other processes, and set the exit code."""
        if self._apart is not None:
            self._apart.close(keep=self._interrupted)
        stopped = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR)
        if self._interrupted:
            session.exitstatus = INTERRUPTED
        elif self._results.broken or exitstatus in stopped:
            session.exitstatus = BAD_INPUT
        elif exitstatus != pytest.ExitCode.INTERNAL_ERROR:
            session.exitstatus = exit_code(self._run)

    @property
    def _run(self) -> RunResult:
        return RunResult("", None, None, {}, 0.0, self.claims, left_out=self.left_out)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> Generator[None]:
        """Print the table of verdicts, after pytest's own summary."""
        yield
        if not self._results.reported:
            return
        width = config.get_terminal_writer().fullwidth if terminalreporter.isatty else None
        for line in terminal_summary.summary(
            self._run, width=width, markup=terminalreporter.hasmarkup
        ):
            terminalreporter.write_line(line)
