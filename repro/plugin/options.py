"""The options of `pytest claims`, which `python -m repro run`, `report` and `ship` pass on."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import loky

from repro.paths import REPORT, RUNS, SHIPPED
from repro.protocol.blocks import TRANSFER_CAP
from repro.protocol.tiers import PAPER, TIERS, written
from repro.statistics.convergence import WINDOW

if TYPE_CHECKING:
    import pytest


MAX_DIGITS = 4
"""Most digits of a seed."""


def add_options(parser: pytest.Parser) -> None:
    """Add the options to pytest's own."""
    group = parser.getgroup("claims")
    group.addoption("--tier", choices=list(TIERS), default=PAPER.name, help="how much is run")
    group.addoption("--seeds", type=parse_seeds, help="default: those of the tier")
    group.addoption("--cap", type=parse_cap, help="largest number of epochs of a transfer")
    group.addoption(
        "--jobs",
        type=parse_jobs,
        default=loky.cpu_count(),
        help="number of blocks trained at once, then of claims judged at once",
    )
    group.addoption("--scheduler", help="address of a Dask scheduler to train on")
    group.addoption("--fresh", action="store_true", help="train finished runs again")
    group.addoption("--judge-only", action="store_true", help="judge stored runs, train nothing")
    group.addoption(
        "--list-to", type=Path, help="with --collect-only: write the list of claims to this file"
    )
    group.addoption("--ship", action="store_true", help="with --collect-only: ship the stored runs")
    group.addoption(
        "--allow-dirty", action="store_true", help="also ship runs made with uncommitted changes"
    )
    group.addoption("--store", type=Path, default=RUNS, help="folder of finished runs")
    group.addoption("--shipped", type=Path, default=SHIPPED, help="folder of shipped runs")
    group.addoption("--out", type=Path, default=REPORT, help="folder of the report")


def parse_seeds(text: str) -> tuple[int, ...]:
    """Parse seeds written as "0-9" or "0-4,7"; return them sorted.

    Raises:
        argparse.ArgumentTypeError: the text has another form, a seed twice, or fewer than two seeds.
    """
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise argparse.ArgumentTypeError(
                f"given {text!r}; expected seeds from 0 on, as 0-9 or 0-4,7"
            )
        if max(len(first), len(last)) > MAX_DIGITS:
            raise argparse.ArgumentTypeError(f"given {text!r}; expected seeds below 10,000")
        seeds += range(int(first), int(last if dash else first) + 1)
    once = tuple(sorted(set(seeds)))
    if len(once) < len(seeds):
        raise argparse.ArgumentTypeError(
            f"given {text!r}; expected each seed once, as in {written(once)}"
        )
    if len(once) < 2:  # noqa: PLR2004 - fewer show no spread
        raise argparse.ArgumentTypeError(f"given {text!r}; expected at least two seeds, as 0-9")
    return once


def parse_cap(text: str) -> int:
    """Parse the largest number of epochs of a transfer.

    Raises:
        argparse.ArgumentTypeError: no run can converge in so few epochs, or the protocol has fewer.
    """
    if not text.isdecimal() or not WINDOW <= int(text[: MAX_DIGITS + 2]) <= TRANSFER_CAP:
        raise argparse.ArgumentTypeError(
            f"given {text!r}; expected a number of epochs from {WINDOW}, in which a run can just converge, "
            f"to {TRANSFER_CAP:,}, the protocol's own"
        )
    return int(text)


def parse_jobs(text: str) -> int:
    """Parse a whole number above 0.

    Raises:
        argparse.ArgumentTypeError: the text is something else.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"given {text!r}; expected a whole number above 0")
    return int(text)
