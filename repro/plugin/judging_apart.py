"""Judge a claim in a copy of pytest's process, and report it in the original.

The copy runs the claim as pytest always does, with its fixtures, captured output and warnings; only what it
would print and write is sent back instead. So there is one way of judging, whatever the number of processes.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from repro.console import console
from repro.plugin.forked_workers import FORKS, ForkedWorkers, WorkerLostError
from repro.plugin.progress import SILENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.plugin.session_results import ClaimFindings, SessionResults


@dataclass(frozen=True)
class Judged:
    """What judging one claim gave; can be pickled.

    Attributes:
        reports: pytest's reports, in its own form for other processes.
        findings: what to add to the results; None if the session is stopped.
        stop: Ctrl-C or `pytest.exit`, if the claim raised it.
    """

    reports: tuple[dict[str, Any], ...] = ()
    findings: ClaimFindings | None = None
    stop: BaseException | None = None


class JudgingApart:
    """Judges claims side by side, each in one of several copies of this process.

    Args:
        session: with the claims to judge.
        results: receives the results in the order of collection.
        jobs: number of claims to judge at once.
    """

    def __init__(self, session: pytest.Session, results: SessionResults, jobs: int) -> None:
        self._items = {item.nodeid: item for item in session.items}
        self._results, self._config = results, session.config
        self._is_copy = False
        self._began = time.monotonic()
        self._workers: ForkedWorkers[Judged] | None = None
        if jobs > 1 and len(self._items) > 1 and can_fork(session.config):
            self._workers = ForkedWorkers(jobs, self._judge, list(self._items))

    def report(self, item: pytest.Item) -> bool:
        """Wait until a claim is judged, and report it as pytest does.

        Returns:
            Whether it was judged in a copy; if not, it is to be judged here.

        Raises:
            BaseException: the claim stopped the session.
        """
        if self._is_copy or self._workers is None or item.nodeid not in self._workers:
            return False
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports: list[pytest.TestReport] = []
        try:
            judged = self._workers.result(item.nodeid, SILENCE, self._tell)
        except WorkerLostError as error:
            reports = [_lost(item, self._results.lose(item.nodeid, str(error)))]
        else:
            if judged.stop is not None:
                raise judged.stop
            self._adopt(item.nodeid, judged)
            load = self._config.hook.pytest_report_from_serializable
            reports = [load(config=self._config, data=data) for data in judged.reports]
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def close(self, *, keep: bool) -> None:
        """End all processes.

        Args:
            keep: whether claims that are judged but not yet reported count as judged.
        """
        if self._workers is None:
            return
        for nodeid, judged in self._workers.close().items():
            if keep:
                self._adopt(nodeid, judged)

    def _tell(self, nodeids: list[str]) -> None:
        """Print which claims are being judged, where pytest has long printed nothing."""
        claims = (self._items[nodeid].get_closest_marker("claim") for nodeid in nodeids)
        ids = [str(claim.kwargs["id"]) for claim in claims if claim is not None]
        elapsed = time.monotonic() - self._began
        text = f"[{elapsed:5.0f} s] being judged: {', '.join(ids)}"
        console(sys.stderr).print(text, markup=False, soft_wrap=True)

    def _adopt(self, nodeid: str, judged: Judged) -> None:
        if judged.findings is not None:
            self._results.add(nodeid, judged.findings)

    def _judge(self, nodeid: str) -> Judged:
        """Judge one claim; runs in a copy."""
        if not self._is_copy:
            self._is_copy = True
            _own_output(self._config)
        collected = _Reports()
        self._config.pluginmanager.register(collected)
        try:
            self._config.hook.pytest_runtest_protocol(item=self._items[nodeid], nextitem=None)
        except (KeyboardInterrupt, pytest.exit.Exception) as error:
            return Judged(stop=error)
        finally:
            self._config.pluginmanager.unregister(collected)
        dump = self._config.hook.pytest_report_to_serializable
        reports = tuple(dump(config=self._config, report=one) for one in collected.reports)
        return Judged(reports, self._results.take(nodeid))


class _Reports:
    """Collects the reports of a copy, which prints nothing."""

    def __init__(self) -> None:
        self.reports: list[pytest.TestReport] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.reports.append(report)


def can_fork(config: pytest.Config) -> bool:
    """Whether claims can be judged in copies: not if a person is to see or answer what a claim prints."""
    option = config.option
    return FORKS and not (option.usepdb or option.trace or option.capture == "no")


def _own_output(config: pytest.Config) -> None:
    """Give a copy its own files for captured output, and print no progress."""
    manager = config.pluginmanager
    if (reporter := manager.get_plugin("terminalreporter")) is not None:
        manager.unregister(reporter)
    if (capture := manager.get_plugin("capturemanager")) is not None:
        capture.stop_global_capturing()
        capture.start_global_capturing()
        capture.suspend_global_capture(in_=False)


def _lost(item: pytest.Item, why: Sequence[str]) -> pytest.TestReport:
    return pytest.TestReport(
        item.nodeid, item.location, {}, outcome="failed", longrepr="; ".join(why), when="call"
    )
