"""Fixtures for all tests."""

from __future__ import annotations

import torch

pytest_plugins = ["pytester"]

# Operations here are small, and training uses one thread a worker as well.
torch.set_num_threads(1)
