"""No source file unpickles or evaluates outside data, or passes it to a shell.

Checked in the source text, so that code without tests is covered too. Dask and loky pickle data between our
own processes; that is outside this check.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from repro.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDERS = ("repro", "claims", "tests")
PICKLING = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
CALLS = {
    "eval",
    "exec",
    "__import__",
    "os.system",
    "os.popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "tempfile.mktemp",
    "torch.load",
    "torch.save",
    "torch.jit.load",
    "yaml.load",
    "yaml.unsafe_load",
    "yaml.full_load",
    "numpy.loadtxt",
    "numpy.genfromtxt",
    "numpy.fromregex",
}
LOADS = {"numpy.load", "numpy.save", "numpy.savez", "numpy.savez_compressed"}
"""Functions that need `allow_pickle=False`."""
_SUSPECT = re.compile(
    "|".join([*PICKLING, "shell", *{rf"\b{name.rpartition('.')[2]}\b" for name in CALLS | LOADS}])
)
"""Only sources that match are parsed."""
REASONS = {
    (
        "tests/causal/auditing/detours.py",
        "torch.load",
    ): "a rule that the tracer must follow; reads its own bytes",
    ("tests/causal/auditing/detours.py", "torch.save"): "as above",
    ("tests/causal/graphs/test_graph.py", "pickle"): "a graph can be pickled, for workers",
    ("tests/plugin/test_declaration.py", "exec"): "a declaration written by the test",
    ("tests/security/hostile.py", "pickle"): "makes a file that must be refused",
    ("tests/security/hostile.py", "allow_pickle=True"): "as above",
    ("tests/security/hostile.py", "numpy.save without allow_pickle=False"): "as above",
    ("tests/security/test_payloads.py", "pickle"): "shows that the pickle would be executed",
    ("tests/protocol/test_matched.py", "pickle"): "a block can be pickled, for workers",
    ("tests/training/test_checkpoint.py", "pickle"): "makes a file that must be refused",
    ("tests/training/test_checkpoint.py", "numpy.save without allow_pickle=False"): "only numbers",
    ("tests/causal/test_readme.py", "exec"): "the page's own examples",
    ("tests/verification/oracle/oracle_audit_page.py", "exec"): "as above",
    ("tests/test_front_door.py", "exec"): "a star import, which functions may not have",
    ("tests/test_readme.py", "exec"): "the README's own example",
    ("tests/records/test_shipped.py", "numpy.savez without allow_pickle=False"): "must be refused",
    ("tests/records/test_store.py", "numpy.savez without allow_pickle=False"): "must be refused",
}
"""Exceptions for tests, by file, with reasons."""


def faults(source: str) -> list[str]:
    """Return the forbidden things in a source."""
    if not _SUSPECT.search(source):
        return []
    nodes = list(ast.walk(ast.parse(source)))
    names, found = _names(nodes), list[str]()
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [m for m in modules if m.partition(".")[0] in PICKLING]
        elif isinstance(node, ast.Call):
            found += _called(node, names)
        elif isinstance(node, (ast.Attribute, ast.Name)) and _full(node, names) in CALLS:
            found.append(_full(node, names))
    return sorted(set(found))


def _called(node: ast.Call, names: dict[str, str]) -> list[str]:
    """Return the forbidden things in a call."""
    given = {word.arg: word.value for word in node.keywords}
    called, found = _full(node.func, names), []
    if called in LOADS and not _is(given.get("allow_pickle"), value=False):
        found.append(f"{called} without allow_pickle=False")
    if "shell" in given and not _is(given["shell"], value=False):
        found.append("shell=True")
    if "allow_pickle" in given and not _is(given["allow_pickle"], value=False):
        found.append("allow_pickle=True")
    return found


def _names(nodes: Sequence[ast.AST]) -> dict[str, str]:
    """Map the imported names of a source to full names, as "np" to "numpy"."""
    found = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            found |= {
                alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names
            }
    return found


def _full(node: ast.AST, names: dict[str, str]) -> str:
    """Return the full name of a node, as "numpy.load" for "np.load"; "" if it has none."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id).removeprefix("builtins.")
    if isinstance(node, ast.Attribute) and (front := _full(node.value, names)):
        return f"{front}.{node.attr}".removeprefix("builtins.")
    return ""


def _is(node: ast.AST | None, *, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


SOURCES = [path for folder in FOLDERS for path in sorted((PROJECT / folder).rglob("*.py"))]


@pytest.mark.slow
def test_no_source_has_a_forbidden_call() -> None:
    found = {
        (path.relative_to(PROJECT).as_posix(), what)
        for path in [*SOURCES, PROJECT / "noxfile.py"]
        for what in faults(path.read_text(encoding="utf-8"))
    }
    assert sorted(found - REASONS.keys()) == []
    assert sorted(REASONS.keys() - found) == []


def test_only_tests_have_exceptions() -> None:
    assert len(SOURCES) > 300
    assert {where.partition("/")[0] for where, _ in REASONS} == {"tests"}
    assert all(REASONS.values())


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import pickle", "pickle"),
        ("from cloudpickle import dumps", "cloudpickle"),
        ("def f():\n    import joblib.externals as j", "joblib.externals"),
        ("import torch as t\nt.load(f)", "torch.load"),
        ("from torch import load\nload(f, weights_only=True)", "torch.load"),
        ("map(eval, texts)", "eval"),
        ("import builtins\nbuiltins.exec(x)", "exec"),
        ("import yaml\nyaml.load(x, Loader=L)", "yaml.load"),
        ("from os import system as s\ns('ls')", "os.system"),
        ("import subprocess\nsubprocess.run('ls', shell=True)", "shell=True"),
        ("run('ls', shell=loud)", "shell=True"),
        ("import tempfile\ntempfile.mktemp()", "tempfile.mktemp"),
        ("import numpy as np\nnp.load(f)", "numpy.load without allow_pickle=False"),
        ("from numpy import savez\nsavez(f, a=a)", "numpy.savez without allow_pickle=False"),
        ("load(f, allow_pickle=flag)", "allow_pickle=True"),
    ],
)
def test_a_forbidden_call_is_detected(source: str, found: str) -> None:
    assert faults(source) == [found]


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nnp.load(f, allow_pickle=False)",
        "from repro.algorithms import load\nload('ppo')",
        "import subprocess\nsubprocess.run(['ls'], shell=False)",
        "import yaml\nyaml.safe_load(x)",
        "model.eval()",
        "from repro import checkpoint\ncheckpoint.load(path)",
    ],
)
def test_harmless_code_is_accepted(source: str) -> None:
    assert faults(source) == []
