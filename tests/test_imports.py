"""Imports run one way only: every room knows the floors below its own, and no room its neighbours.

Read from the sources, so that it holds for files that nothing imports and for imports inside
functions and for types.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "repro"
FLOORS = (
    {"errors", "verdicts", "provenance", "payload", "seal", "run_facts", "memory", "console"},
    {"evidence", "characteristics"},
    {"task", "credit", "causal", "kernels", "statistics", "judge", "results"},
    {"task_edges", "mechanism", "rollout", "planning", "figures", "checkpoint"},
    {"tasks", "algorithms"},
    {"trainer"},
    {"train"},
    {"experiment"},
    {"store", "tiers"},
    {"status", "order", "leftovers"},
    {"job"},
    {"workers", "cluster"},
    {"schedule", "summary", "summary_bids", "summary_mdp", "progress", "shipped"},
    {"record_set"},
    {"report", "auditing", "comparing", "scaffold"},
    {"docs"},
    {"cli"},
    {"__main__"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
# Besides: what figures draw is given to them, and credit is arithmetic.
FIGURES_KNOW = {"errors", "verdicts", "statistics", "causal"}
CREDIT_KNOWS = {"__future__", "math", "typing", "torch"}
KERNELS_KNOW = {"__future__", "math", "typing", "numba", "numpy"}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(source: str) -> set[str]:
    """Full names of what a source imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            names |= {f"{origin}.{alias.name}" for alias in node.names}
    return names


def breaches(room: str, source: str) -> list[str]:
    """What a source in `room` imports and must not, each with the reason."""
    found = []
    for name in sorted(imported(source)):
        top, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if not top:
            found.append(f"{name}: relative; write it out")
        elif top in {"claims", "tests"}:
            found.append(f"{name}: the package knows nothing of {top}")
        elif room == "credit" and top not in {*CREDIT_KNOWS, "repro"}:
            found.append(f"{name}: credit is arithmetic on tensors")
        elif top != "repro" or other == room:
            continue
        elif room in FLOOR and other not in FLOOR:
            found.append(f"{name}: {other} has no floor yet; give it one in {Path(__file__).name}")
        elif room in FLOOR and FLOOR[other] >= FLOOR[room]:
            found.append(f"{name}: {other} is not below {room}")
        elif room == "credit" or (room == "figures" and other not in FIGURES_KNOW):
            found.append(f"{name}: {room} needs nothing of {other}")
    return found


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_imports_run_one_way(path: Path) -> None:
    assert breaches(room_of(path), path.read_text(encoding="utf-8")) == []


def test_every_room_of_the_protocol_is_looked_at() -> None:
    looked_at = {room_of(path) for path in PACKAGE.rglob("*.py")}
    assert {"task", "tasks", "credit", "mechanism", "kernels", "rollout"} <= looked_at
    assert {"algorithms", "trainer", "train", "experiment", "statistics"} <= looked_at
    assert {"store", "schedule"} <= looked_at


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "kernels").glob("*.py")), ids=lambda path: path.name
)
def test_kernels_call_only_what_stands_in_their_own_file(path: Path) -> None:
    """Compiled code is kept on disk, and renewed when its own file changes alone."""
    names = imported(path.read_text(encoding="utf-8"))
    assert {name.partition(".")[0] for name in names} <= KERNELS_KNOW


@pytest.mark.parametrize(
    ("room", "source", "reason"),
    [
        ("credit", "from repro.causal.graphs.graph import Graph", "not below credit"),
        ("causal", "import repro.credit.vickrey", "not below causal"),
        ("credit", "import numpy as np", "arithmetic"),
        ("credit", "from repro.errors import UserError", "nothing of errors"),
        ("task", "from repro import train", "not below task"),
        ("rollout", "def f():\n    from repro.algorithms import load", "not below rollout"),
        ("algorithms", "if TYPE_CHECKING:\n    import repro.training.loop", "not below algorithms"),
        ("train", "from repro.protocol.blocks import Block", "not below train"),
        ("trainer", "from repro.training.loop import train", "not below trainer"),
        ("statistics", "from repro.figures import Curve", "not below statistics"),
        ("figures", "from repro.mdp.task import Task", "nothing of task"),
        ("store", "from repro.execution.schedule import run_blocks", "not below store"),
        ("train", "from repro.attic import box", "attic has no floor"),
        ("train", "from . import rollout", "relative"),
        ("train", "from repro.plugin.claims_plugin import ClaimsPlugin", "nothing of claims"),
        ("attic", "import tests.training.test_loop", "nothing of tests"),
    ],
)
def test_a_breach_is_named(room: str, source: str, reason: str) -> None:
    (found,) = breaches(room, source)
    assert reason in found


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("train", "from repro.statistics.convergence import epochs_to_convergence"),
        ("credit", "import torch\nfrom repro.credit.returns import normalised"),
        ("experiment", "from repro import algorithms, tasks\nimport numpy as np"),
        ("report", "from repro.figures import save"),
        ("attic", "from repro.execution.schedule import run_blocks"),
    ],
)
def test_the_way_down_is_open(room: str, source: str) -> None:
    assert breaches(room, source) == []
