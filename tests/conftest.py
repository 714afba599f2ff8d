"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest
import torch

pytest_plugins = ["pytester"]

CLOSED = Path(__file__).parent / "security" / "closed"

# Operations here are small, and training uses one thread a worker as well.
torch.set_num_threads(1)

# The same examples each time, however slow the machine.
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True)
hypothesis.settings.load_profile("repeatable")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Close the network but for this machine: here by pytest-socket, in child processes by a hook."""
    config.option.allow_hosts = "127.0.0.1,::1"
    config.option.allow_unix_socket = True
    # pytest-xdist's workers run tests, so that they are closed as this process is.
    runs_tests = hasattr(config, "workerinput") or config.getoption("dist", "no") == "no"
    if runs_tests:
        paths = [str(CLOSED), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
