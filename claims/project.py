"""What joins the claims to this project: options, runs from its store, and the report."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import loky
import pytest
import torch

from repro.cli import BAD_INPUT, EXIT_CODES, SEEDS, parse_jobs, parse_seeds
from repro.errors import RecordError, UserError
from repro.progress import TrainingProgress
from repro.provenance import PROJECT, commit, environment
from repro.report import load_sources, write_report
from repro.results import RunResult
from repro.schedule import run_blocks, with_parents
from repro.store import Record, Store
from repro.summary import run_rows

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from claims.plugin import ClaimsPlugin
    from repro.experiment import Block

PAPER_SEEDS = parse_seeds(SEEDS)


class Project:
    """Gives the plugin its runs, and writes the report of what it found.

    Args:
        plugin: that judges the claims.
    """

    def __init__(self, plugin: ClaimsPlugin) -> None:  # noqa: D107 - the class says it
        self._plugin = plugin
        self._began = time.monotonic()
        self._records: dict[Block, Record | Exception] = {}
        self._index: Path | None = None
        self._stopped = False

    def pytest_configure(self, config: pytest.Config) -> None:
        """Tell the plugin what was asked for."""
        self._options = config.option
        # Audits are of small tensors, and training has processes of its own.
        torch.set_num_threads(1)
        self._origin = commit()
        self._plugin.serve(self.provide, config.option.seeds)

    def provide(self, blocks: Sequence[Block]) -> Mapping[Block, Record | Exception]:
        """Take records from the store, and train what is missing unless that is ruled out."""
        with _warnings_shown():
            return self._provide(blocks)

    def _provide(self, blocks: Sequence[Block]) -> Mapping[Block, Record | Exception]:
        store = Store(self._options.store)
        if self._options.judge_only:
            self._records = {
                block: store.load(block, set_aside=False) or _missing(block)
                for block in with_parents(blocks)
            }
            return self._records
        try:
            self._check_report()
            with TrainingProgress() as progress:
                self._records = run_blocks(
                    blocks,
                    store,
                    jobs=self._options.jobs,
                    fresh=self._options.fresh,
                    origin=self._origin,
                    watch=progress.watch,
                    done=progress.done,
                )
        except KeyboardInterrupt:
            self._stopped = True
            sys.stderr.write(
                f"interrupted; finished runs are kept in {store.folder}, and the same command "
                f"{'without --fresh ' if self._options.fresh else ''}goes on from them\n"
            )
            raise
        except UserError:
            self._stopped = True
            raise
        return self._records

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the report of the claims that were judged."""
        self._session = session
        if session.config.option.collectonly:
            self._write_list()
            return
        if not self._plugin.claims or self._stopped:  # an earlier report is left as it is
            return
        head, dirty = self._origin
        result = RunResult(
            tier="paper" if self._options.seeds == PAPER_SEEDS else "custom",
            commit=head,
            dirty=dirty,
            environment={**environment(), "seeds": len(self._options.seeds)},
            seconds=round(time.monotonic() - self._began, 1),
            claims=self._plugin.claims,
        )
        try:
            self._index = write_report(
                result,
                self._options.out,
                sources=load_sources(),
                pictures=self._plugin.pictures,
                runs=run_rows(r for r in self._records.values() if isinstance(r, Record)),
            )
        except (OSError, UserError) as error:
            sys.stderr.write(
                f"ERROR: the report cannot be written to {self._options.out}: {error}\n"
            )
            session.exitstatus = BAD_INPUT

    def _check_report(self) -> None:
        """See before training that the report can be written after it.

        Raises:
            UserError: a claim cites a line without a paraphrase, or the folder cannot be written.
        """
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

    def _write_list(self) -> None:
        """Write what the claims declare, if a file for it was named."""
        if self._options.list_to is None:
            return
        rows = [
            {
                "claim": claim.id,
                "kind": claim.kind,
                "required": claim.required,
                "registered": claim.registered,
                "source": " ".join(claim.source),
                "title": claim.title,
            }
            for claim in self._plugin.declarations
        ]
        self._options.list_to.write_text(json.dumps(rows), encoding="utf-8")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Generator[None]:
        """Name the report and say what the exit code means, last of all."""
        yield
        if self._index is not None:
            code = int(self._session.exitstatus)  # the plugin has set it meanwhile
            terminalreporter.write_line(f"report: {self._index}")
            terminalreporter.write_line(f"exit code {code}: {EXIT_CODES.get(code, 'see above')}")


def add_options(parser: pytest.Parser) -> None:
    """Add what `python -m repro run` and `report` pass on."""
    group = parser.getgroup("claims")
    group.addoption("--seeds", type=parse_seeds, default=PAPER_SEEDS, help=f"default: {SEEDS}")
    group.addoption(
        "--jobs", type=parse_jobs, default=loky.cpu_count(), help="blocks trained at once"
    )
    group.addoption("--fresh", action="store_true", help="train again what is finished already")
    group.addoption("--judge-only", action="store_true", help="judge stored runs, train nothing")
    group.addoption(
        "--list-to", type=Path, help="with --collect-only: write the list of claims here"
    )
    build = PROJECT / "build"
    group.addoption("--store", type=Path, default=build / "runs", help="folder of runs")
    group.addoption("--out", type=Path, default=build / "claims", help="folder to report to")


@contextlib.contextmanager
def _warnings_shown() -> Iterator[None]:
    """Show on stderr what the package warns of, which pytest would keep to itself."""
    handler, logger = logging.StreamHandler(), logging.getLogger("repro")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _missing(block: Block) -> RecordError:
    return RecordError(f"no finished record of {block.name}; `python -m repro run` trains it")
