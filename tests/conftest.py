"""Fixtures for all tests."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import hypothesis
import pytest
import torch

from repro.errors import UserError

pytest_plugins = ["pytester"]

CLOSED = Path(__file__).parent / "security" / "closed"

# Operations here are small, and training uses one thread per worker too.
torch.set_num_threads(1)

# Six times for each test, pytest adds a handler to every logger that does not propagate. Torch has some thirty of
# these; adding to all of them takes longer than a short test.
for name, logger in logging.root.manager.loggerDict.items():
    if name.startswith("torch") and isinstance(logger, logging.Logger):
        logger.propagate = True

# The same examples each time, even on a slow machine.
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True)
hypothesis.settings.load_profile("repeatable")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Allow connections to this machine only: pytest-socket does so here, a hook in child processes.

    Tests import claims as functions, so their marker must be known.
    """
    config.option.allow_hosts = "127.0.0.1,::1"
    config.option.allow_unix_socket = True
    config.addinivalue_line("markers", "claim: a claim of the talk")
    config.addinivalue_line(
        "markers",
        "slow: takes seconds, starts processes, compiles for other sizes or judges whole tiers",
    )
    # pytest-xdist's workers run tests, so this applies to them too.
    runs_tests = hasattr(config, "workerinput") or config.getoption("dist", "no") == "no"
    if runs_tests:
        paths = [str(CLOSED), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))


def pytest_exception_interact(
    call: pytest.CallInfo[object], report: pytest.CollectReport | pytest.TestReport
) -> None:
    """Show an error that names a broken task or algorithm in one line, without a traceback."""
    if isinstance(report, pytest.CollectReport) and call.excinfo:
        error = call.excinfo.value
        if isinstance(error, UserError):
            report.longrepr = str(error)
