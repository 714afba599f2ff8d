"""Skeletons: the files that `python -m repro new` writes to start a claim, an algorithm or a task.

A skeleton is a complete, commented file that is discovered where it is written and passes the tests
for files of its kind. `skeletons` checks the name and fills in a template, a `.py.txt` file.
"""

from __future__ import annotations

from repro.scaffold.skeletons import KINDS, LEARNERS, Skeleton, algorithm, write

__all__ = ["KINDS", "LEARNERS", "Skeleton", "algorithm", "write"]
