"""`import repro` offers a few names, and imports next to nothing."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

import repro
from repro.causal import audit, audit_module
from repro.library import judge, load_runs, load_shipped, ratio
from repro.paths import PROJECT

HEAVY = {"matplotlib", "networkx", "numba", "numpy", "pytest", "rich", "scipy", "torch"}
NAMES = {
    "audit": audit,
    "audit_module": audit_module,
    "judge": judge,
    "load_runs": load_runs,
    "load_shipped": load_shipped,
    "ratio": ratio,
}


def imported_by(code: str) -> set[str]:
    """Names of the modules that Python has imported after some code, in a new process."""
    code = f"import sys; before = {{*sys.modules}}; {code}; print(*({{*sys.modules}} - before))"
    command = [sys.executable, "-c", code]
    return {*subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()}  # noqa: S603


def test_importing_the_package_imports_next_to_nothing() -> None:
    found = imported_by("import repro; dir(repro)")
    assert {name for name in found if name.startswith("repro")} == {"repro"}
    assert not HEAVY & found


@pytest.mark.slow
def test_an_audit_needs_no_records() -> None:
    found = imported_by("import repro; repro.audit")
    assert "repro.causal" in found
    assert not {"repro.library", "repro.records", "numba", "matplotlib"} & found


def test_the_names_are_those_of_the_packages() -> None:
    assert {name: getattr(repro, name) for name in repro.__all__} == NAMES
    assert dir(repro) == sorted(NAMES)
    namespace: dict[str, object] = {}
    exec("from repro import *", namespace)  # noqa: S102 - what a notebook may do
    assert namespace.keys() - {"__builtins__"} == NAMES.keys()


def test_another_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="module 'repro' has no attribute 'auditing'"):
        _ = repro.auditing  # type: ignore[attr-defined]


def test_it_computes_nothing() -> None:
    """Keys of records leave it out (`repro.storage.syntax_digest`), so nothing may depend on it."""
    source = (PROJECT / "repro" / "__init__.py").read_text(encoding="utf-8")
    docstring, *statements = ast.parse(source).body
    assert isinstance(docstring, ast.Expr)
    allowed = {
        "__future__.annotations",
        "importlib.import_module",
        "typing.TYPE_CHECKING",
        "__all__",
        "if TYPE_CHECKING",
        "__getattr__",
        "__dir__",
    }
    assert {what for statement in statements for what in _does(statement)} == allowed


def _does(statement: ast.stmt) -> list[str]:
    """Name what a statement binds or imports."""
    match statement:
        case ast.ImportFrom(module, names):
            return [f"{module}.{alias.name}" for alias in names]
        case ast.Assign(targets=[ast.Name(name)]) | ast.FunctionDef(name):
            return [name]
        case ast.If(ast.Name(condition), orelse=[ast.FunctionDef(name)]):
            return [f"if {condition}", name]
    return [ast.unparse(statement)]
