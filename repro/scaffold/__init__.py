"""`python -m repro new`: a commented skeleton of a claim, an algorithm or a task, where it is found."""

from __future__ import annotations

from repro.cli.new import add_new

__all__ = ["add_new"]
