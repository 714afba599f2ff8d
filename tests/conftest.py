"""Fixtures for all tests."""

from __future__ import annotations

import hypothesis
import torch

pytest_plugins = ["pytester"]

# Operations here are small, and training uses one thread a worker as well.
torch.set_num_threads(1)

# The same examples each time, however slow the machine.
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True)
hypothesis.settings.load_profile("repeatable")
