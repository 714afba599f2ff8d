"""The hooks that connect the claims with this project: its tiers, its runs and the report."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest
import torch

from repro import algorithms, tasks
from repro.errors import UserError
from repro.paths import CLAIMS, PROJECT
from repro.plugin import terminal_summary
from repro.plugin.collect_only import ship_finished, write_list
from repro.plugin.exit_codes import BAD_INPUT, EXIT_CODES, exit_code
from repro.plugin.memory import PeakMemory
from repro.plugin.record_supply import RecordSupply
from repro.plugin.report_sections import report_sections
from repro.protocol.matched import with_needed
from repro.protocol.tiers import FULL, TIERS, written
from repro.records.compare import compare
from repro.report import load_sources, write_report
from repro.report.published import published_ids
from repro.storage.provenance import commit, environment, no_commit
from repro.summaries.learning import run_rows
from repro.training.matching import check
from repro.verdicts import (
    Accounts,
    Cost,
    RawData,
    RunResult,
    claims_by_statement,
    load_characteristics,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from repro.plugin.claims_plugin import ClaimsPlugin
    from repro.plugin.declaration import Declaration
    from repro.protocol.blocks import Block
    from repro.records.record import Record
    from repro.verdicts import BlockAccount, ClaimResult


class Project:
    """Provides the claims plugin with runs, and writes the report.

    Args:
        plugin: the plugin that judges the claims.
    """

    def __init__(self, plugin: ClaimsPlugin) -> None:
        self._plugin = plugin
        self._began = time.monotonic()
        self._memory = PeakMemory()
        self._index: Path | None = None
        self._result: RunResult | None = None
        self._stopped = False

    def pytest_configure(self, config: pytest.Config) -> None:
        """Configure the claims plugin from the options."""
        self._options = config.option
        # Audits use small tensors, training has its own processes, and claims are judged side by side.
        torch.set_num_threads(1)
        self._origin = commit()
        usual = TIERS[config.option.tier]
        self._tier = replace(
            usual,
            seeds=config.option.seeds or usual.seeds,
            cap=config.option.cap or usual.cap,
        )
        self._about = self._tier.sentence()
        self._supply = RecordSupply(config.option, self._origin)
        self._plugin.configure(
            self.provide, self._tier.seeds, self._tier, check, jobs=config.option.jobs
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Refuse a broken task or algorithm itself, before the claims that happen to import it."""
        try:
            tasks.problem_names()
            algorithms.algorithm_names()
        except UserError as error:
            self._stopped = True
            raise pytest.UsageError(str(error)) from error

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Print what the tier means, check the report's folder, and start to measure memory."""
        if session.items and not session.testsfailed and not session.config.option.collectonly:
            self._about = self._tier.sentence(runs=bool(self._plugin.blocks))
            why = no_commit()
            unknown = [f"the report will name no commit: {why}"] if why else []
            _write_lines(session.config, self._about, *unknown)
            try:
                self._check_report()
            except UserError as error:
                self._stopped = True
                raise pytest.UsageError(str(error)) from error
            self._memory.start()

    def provide(self, blocks: Sequence[Block]) -> Mapping[Block, Record | Exception]:
        """Return the records of blocks: shipped ones, stored ones, or stored and newly trained ones."""
        try:
            if not self._tier.trains:
                self._about += f"; they were made at {self._supply.unpack(blocks)}"
            elif self._options.judge_only:
                self._supply.look_up(blocks)
            else:
                self._supply.train(blocks)
        except KeyboardInterrupt:
            self._stopped = True
            sys.stderr.write(
                f"interrupted; finished runs are kept in {self._options.store}, and the same "
                f"command {'without --fresh ' if self._options.fresh else ''}continues from them\n"
            )
            raise
        except UserError:
            self._stopped = True
            raise
        return self._supply.results

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the report of the judged claims, or what --collect-only was asked to write."""
        self._session = session
        try:
            if self._stopped:  # an earlier report is kept
                return
            if session.config.option.collectonly:
                self._write_what_was_asked_for()
            elif self._plugin.claims:
                self._result = self._run_result()
                session.exitstatus = session.exitstatus or exit_code(self._result)
                sections, drawn = report_sections(
                    tuple(self._plugin.declared.values()),
                    self._result.claims,
                    trained=bool(self._supply.records),
                )
                self._index = write_report(
                    self._result,
                    self._options.out,
                    sources=load_sources(),
                    pictures=[*self._plugin.pictures, *drawn],
                    sections=sections,
                    runs=run_rows(self._supply.records),
                )
        except (OSError, UserError) as error:
            sys.stderr.write(f"ERROR: {self._failed(error)}\n")
            session.exitstatus = BAD_INPUT
        finally:
            self._memory.stop()

    def _failed(self, error: Exception) -> str:
        if self._result is None:
            return str(error)
        return f"the report cannot be written to {self._options.out}: {error}"

    def _run_result(self) -> RunResult:
        """Return the data of the report."""
        head, dirty = self._origin
        accounts = self._supply.accounts
        as_paper = self._tier in FULL
        scale = {tier.name for tier in FULL}
        known = self._known()
        return RunResult(
            tier="custom" if self._tier.name in scale and not as_paper else self._tier.name,
            commit=head,
            dirty=dirty,
            environment={**environment(), "seeds": written(self._tier.seeds)},
            seconds=round(time.monotonic() - self._began, 1),
            claims=tuple(self._with_raw_data(claim, accounts) for claim in self._plugin.claims),
            about=self._about + self._chosen(len(known)),
            label=self._tier.label,
            left_out=self._plugin.left_out,
            known=len(known),
            known_statements=claims_by_statement(known),
            cost=Cost(
                self._memory.stop(),
                self._supply.speeds if self._tier.trains else {},
                self._supply.tally,
            ),
            accounts=Accounts(tuple(accounts.values())),
            comparison=compare(self._supply.records, self._options.shipped)
            if as_paper and self._supply.results
            else None,
        )

    def _chosen(self, known: int) -> str:
        """Say how many of the claims were chosen, if not all."""
        chosen = len(self._plugin.claims) + len(self._plugin.left_out)
        return f"; chosen: {chosen} of {known} claims" if chosen < known else ""

    def _known(self) -> tuple[Declaration, ...]:
        """Return the declarations of all claims; none if pytest collected only a part of them."""
        collected = {nodeid.partition("::")[0] for nodeid in self._plugin.declared}
        files = {file.relative_to(PROJECT).as_posix() for file in CLAIMS.glob("*/[!_]*.py")}
        return tuple(self._plugin.declared.values()) if files <= collected else ()

    def _with_raw_data(
        self, claim: ClaimResult, accounts: Mapping[Block, BlockAccount]
    ) -> ClaimResult:
        """Add the blocks that a claim was judged on, and its operating characteristics."""
        used = [accounts[b] for b in with_needed(self._plugin.needs[claim.id]) if b in accounts]
        raw = tuple(RawData(one.block, one.digest, one.origin) for one in used if one.finished)
        return replace(claim, raw=raw, characteristics=load_characteristics().get(claim.id, ()))

    def _check_report(self) -> None:
        """Check, before anything is judged, that the report can be written.

        Raises:
            UserError: a claim cites a line without a paraphrase, the operating characteristics
                cannot be read, or the folder cannot be written.
        """
        load_characteristics()
        sources = load_sources()
        for claim in self._plugin.declarations:
            sources.cite(claim.id, claim.source)
        try:
            self._options.out.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._options.out):
                pass
        except OSError as error:
            raise UserError(
                f"the report cannot be written to {self._options.out}: {error.strerror}; "
                "give another --out"
            ) from error

    def _write_what_was_asked_for(self) -> None:
        """Write what --list-to and --ship ask for.

        Raises:
            UserError: runs to ship are missing, or were not made at a clean commit.
        """
        options, plugin = self._options, self._plugin
        if options.list_to is not None:
            write_list(options.list_to, plugin.declarations, self._supply.is_shipped)
        if options.ship:
            ship_finished(
                plugin.blocks,
                options.store,
                options.shipped,
                dirty=self._origin[1],
                allow_dirty=options.allow_dirty,
            )

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Print the runs behind the verdicts, the report's path and the exit code as the last lines."""
        if self._index is None or self._result is None:
            return
        code = int(self._session.exitstatus)
        whole = replace(self._result, seconds=time.monotonic() - self._began)
        report, meaning = f"report: {self._index}", EXIT_CODES.get(code, "see above")
        _write_lines(
            config,
            *terminal_summary.foot(whole, published_ids()),
            report,
            f"exit code {code}: {meaning}",
        )


def _write_lines(config: pytest.Config, *lines: str) -> None:
    plugin = config.pluginmanager.get_plugin("terminalreporter")
    reporter = cast("pytest.TerminalReporter", plugin)
    for line in lines:
        reporter.write_line(line)
