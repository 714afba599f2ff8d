"""Imports run one way: a package imports packages of lower layers only, and no imports form a cycle.

Read from the source files, so that it also holds for files that nothing imports, for imports inside
functions, and for imports that only type checkers see.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import networkx as nx
import pytest

from repro.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = PROJECT / "repro"
LAYERS = (
    {"errors", "console", "paths", "credit"},
    {"mdp", "storage", "verdicts", "protocol", "causal"},
    {"tasks", "engine", "statistics", "figures"},
    {"algorithms"},
    {"training", "records", "scaffold"},
    {"execution", "summaries"},
    {"report"},
    {"plugin"},
    {"cli", "library"},
    {"__main__", "__init__"},
)
LAYER = {package: number for number, packages in enumerate(LAYERS) for package in packages}
# Stricter than the layers: figures only draw what they are given, and credit is arithmetic.
FIGURES_MAY_IMPORT = {"errors", "verdicts", "statistics", "causal"}
CREDIT_MAY_IMPORT = {"__future__", "math", "typing", "torch", "repro.credit"}
KERNELS_MAY_IMPORT = {
    "__future__",
    "collections",
    "functools",
    "math",
    "typing",
    "numba",
    "numpy",
    "torch",
}
TRAINER = {"training", "engine", "algorithms"}
"""Packages that train; `repro.protocol`, which declares experiments, must not import them."""

FILES = sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


MODULES = {module_name(path) for path in FILES}


def package_of(module: str) -> str:
    """The part of `module` after "repro": a package, or a module at the top."""
    return module.split(".")[1] if "." in module else ""


def imported(source: str) -> set[str]:
    """Full dotted names that a source imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            names |= {f"{origin}.{alias.name}" for alias in node.names}
    return names


def violations(package: str, source: str) -> list[str]:
    """Imports that a source in `package` must not have, each with the reason."""
    return [
        f"{name}: {reason}" for name in sorted(imported(source)) if (reason := fault(package, name))
    ]


def fault(package: str, name: str) -> str:
    """Why a file in `package` must not import `name`; "" if it may."""
    top, other = name.partition(".")[0], package_of(name)
    if not top:
        return "relative; write the full name"
    if top in {"claims", "tests"}:
        return f"repro must not import {top}"
    if package == "credit" and not name.startswith(tuple(CREDIT_MAY_IMPORT)):
        return "credit is arithmetic on tensors"
    return layer_fault(package, other) if top == "repro" and other != package else ""


def layer_fault(package: str, other: str) -> str:
    """Why `package` must not import another package of repro; "" if it may."""
    if {package, other} - LAYER.keys():
        return f"{package} or {other} has no layer; add it to LAYERS"
    if LAYER[other] >= LAYER[package]:
        return f"{other} is not below {package}"
    if package == "figures" and other not in FIGURES_MAY_IMPORT:
        return f"figures must not import {other}"
    return ""


def import_edges(sources: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Pairs (importing module, imported module) of this package."""
    for module, source in sources.items():
        for name in imported(source):
            target = name if name in sources else name.rpartition(".")[0]
            if target in sources and target != module:
                yield module, target


def import_cycles(sources: dict[str, str]) -> list[list[str]]:
    """Groups of modules that import each other, and of packages of repro that do.

    A package's `__init__` does not count as a module here, because it re-exports its modules.
    """
    packages = {module.rpartition(".")[0] for module in sources}
    edges = [(a, b) for a, b in import_edges(sources) if a not in packages and b not in packages]
    tops = [(package_of(a), package_of(b)) for a, b in import_edges(sources)]
    graphs = nx.DiGraph(edges), nx.DiGraph([(a, b) for a, b in tops if a and b and a != b])
    return [
        sorted(group)
        for graph in graphs
        for group in nx.strongly_connected_components(graph)
        if len(group) > 1
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_to_lower_layers(path: Path) -> None:
    package = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    source = path.read_text(encoding="utf-8")
    assert violations(package, source) == []


def test_every_package_has_a_layer() -> None:
    found = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in FILES}
    assert found == LAYER.keys()


def test_no_imports_form_a_cycle() -> None:
    assert import_cycles({module_name(path): path.read_text("utf-8") for path in FILES}) == []


def test_only_three_modules_are_not_in_a_package() -> None:
    flat = {path.stem for path in PACKAGE.glob("*.py")}
    assert flat == {"__init__", "__main__", "errors", "console", "paths"}


@pytest.mark.parametrize("path", sorted((PACKAGE / "protocol").glob("*.py")), ids=lambda p: p.name)
def test_the_protocol_imports_nothing_that_trains(path: Path) -> None:
    names = imported(path.read_text(encoding="utf-8"))
    assert not TRAINER & {package_of(name) for name in names if name.startswith("repro.")}


@pytest.mark.parametrize(
    "path",
    sorted((PACKAGE / "causal" / "tracing" / "operators").glob("*.py")),
    ids=lambda p: p.name,
)
def test_operator_rules_do_not_import_the_tracer(path: Path) -> None:
    names = " ".join(imported(path.read_text(encoding="utf-8")))
    assert "tracing.trace" not in names
    assert "tracing.dispatch_modes" not in names


KERNELS = sorted((PACKAGE / "engine" / "kernels").glob("*.py"))


@pytest.mark.parametrize("path", KERNELS, ids=lambda path: path.name)
def test_kernels_import_only_kernels_and_credit(path: Path) -> None:
    names = imported(path.read_text(encoding="utf-8"))
    outside = {n for n in names if not n.startswith(("repro.engine.kernels.", "repro.credit."))}
    assert {name.partition(".")[0] for name in outside} <= KERNELS_MAY_IMPORT


def stale(source: str) -> list[str]:
    """Functions whose compiled code numba would read from the disk although what they call changed.

    Numba compiles again if a function's own file or the values that it encloses change. So in a file
    that imports others of this package, a function that is stored must enclose their digest, `code`.
    """
    own = {name for name in imported(source) if name.startswith("repro.")}
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        and any("cache=True" in ast.unparse(decorator) for decorator in node.decorator_list)
        and own
        and "code" not in {ast.unparse(statement) for statement in node.body}
    ]


@pytest.mark.parametrize("path", KERNELS, ids=lambda path: path.name)
def test_stored_code_is_that_of_the_functions_it_calls(path: Path) -> None:
    assert stale(path.read_text(encoding="utf-8")) == []


def test_stale_code_is_found() -> None:
    function = "@numba.njit(cache=True)\ndef f(x):\n    {}\n    return g(x)"
    foreign = "from repro.credit.value import g\n"
    assert stale(foreign + function.format("pass")) == ["f"]
    assert stale(foreign + function.format("code")) == []
    assert stale("import numba\n" + function.format("pass")) == []


@pytest.mark.parametrize(
    ("package", "source", "reason"),
    [
        ("credit", "from repro.causal.graphs import Graph", "arithmetic"),
        ("causal", "import repro.statistics", "not below causal"),
        ("credit", "import numpy as np", "arithmetic"),
        ("credit", "from repro.errors import UserError", "arithmetic"),
        ("mdp", "from repro import training", "not below mdp"),
        ("engine", "def f():\n    from repro.algorithms import load", "not below engine"),
        ("algorithms", "if TYPE_CHECKING:\n    import repro.training", "not below algorithms"),
        ("training", "from repro.records.keys import key", "not below training"),
        ("protocol", "from repro.training.run import run", "not below protocol"),
        ("statistics", "from repro.figures import Curve", "not below statistics"),
        ("figures", "from repro.mdp.task import Task", "must not import mdp"),
        ("records", "from repro.execution.schedule import run_blocks", "not below records"),
        ("plugin", "from repro.cli import main", "not below plugin"),
        ("training", "from repro.attic import box", "has no layer"),
        ("training", "from . import rollout", "relative"),
        ("training", "from claims.theory import acyclic", "must not import claims"),
        ("attic", "import tests.test_train", "must not import tests"),
    ],
)
def test_a_violation_is_reported(package: str, source: str, reason: str) -> None:
    (found,) = violations(package, source)
    assert reason in found


@pytest.mark.parametrize(
    ("package", "source"),
    [
        ("training", "from repro.statistics.convergence import epochs_to_convergence"),
        ("credit", "import torch\nfrom repro.credit.returns import normalised"),
        ("training", "from repro import algorithms, tasks\nimport numpy as np"),
        ("report", "from repro.figures import save"),
        ("cli", "from repro.plugin.options import parse_seeds"),
    ],
)
def test_imports_of_lower_layers_pass(package: str, source: str) -> None:
    assert violations(package, source) == []


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        ({"repro.a.x": "from repro.b.y import f", "repro.b.y": ""}, []),
        (
            {"repro.a.x": "import repro.a.y", "repro.a.y": "from repro.a import x"},
            ["repro.a.x", "repro.a.y"],
        ),
        (
            {
                "repro.a.x": "from repro.b.y import f",
                "repro.b.y": "",
                "repro.b.z": "if TYPE_CHECKING:\n    from repro.a.x import T",
            },
            ["a", "b"],
        ),
    ],
)
def test_a_cycle_is_found(sources: dict[str, str], found: list[str]) -> None:
    assert import_cycles(sources) == ([found] if found else [])
