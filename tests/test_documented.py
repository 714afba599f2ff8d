"""Every public name is documented: modules, functions, classes, methods, fields, sessions, commands."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from repro.cli import commands
from repro.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCES = sorted([*(PROJECT / "repro").rglob("*.py"), *(PROJECT / "claims").rglob("*.py")])
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def undocumented(source: str) -> list[str]:
    """Public names without a docstring, and fields that are missing from the list of attributes."""
    tree = ast.parse(source)
    found = [] if ast.get_docstring(tree) else ["module"]
    for name, node in _public(tree, ""):
        text = ast.get_docstring(node) or ""
        if not text and not _is_claim(node):
            found.append(name)
        if isinstance(node, ast.ClassDef) and "Attributes:" in text:
            listed = text.partition("Attributes:")[2]
            found += [f"{name}.{field}" for field in _fields(node) if f"{field}:" not in listed]
    return found


def _public(parent: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, Definition]]:
    for node in parent.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from _public(node, f"{prefix}{node.name}.")


def _is_claim(node: Definition) -> bool:
    """Whether `node` is a claim, which its marker documents."""
    return any("mark.claim" in ast.unparse(decorator) for decorator in node.decorator_list)


def _fields(node: ast.ClassDef) -> list[str]:
    """Public fields that a dataclass itself declares."""
    if not any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
        return []
    return [
        item.target.id
        for item in node.body
        if isinstance(item, ast.AnnAssign)
        and isinstance(item.target, ast.Name)
        and not item.target.id.startswith("_")
        and "ClassVar" not in ast.unparse(item.annotation)
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_public_name_is_documented(path: Path) -> None:
    assert undocumented(path.read_text(encoding="utf-8")) == []


def test_names_are_found() -> None:
    assert len(SOURCES) > 100
    names = [n for path in SOURCES for n, _ in _public(ast.parse(path.read_text("utf-8")), "")]
    assert {"audit", "RunResult.to_json", "Declaration", "test_headline"} <= set(names)


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("x = 1", ["module"]),
        ('"""M."""\ndef f(): ...', ["f"]),
        ('"""M."""\nclass A:\n    """A."""\n    def m(self): ...', ["A.m"]),
        ('"""M."""\n@pytest.mark.parametrize("x", [])\ndef test_x(): ...', ["test_x"]),
        (
            (
                '"""M."""\n@dataclass(frozen=True)\nclass A:\n'
                '    """A.\n\n    Attributes:\n        a: one.\n    """\n    a: int\n    b: int'
            ),
            ["A.b"],
        ),
        ('"""M."""\ndef _f(): ...\n@pytest.mark.claim(id="x")\ndef test_x(): ...', []),
        ('"""M."""\nclass A:\n    """A, of `b`."""\n    b: int', []),
    ],
)
def test_undocumented_names_are_listed(source: str, missing: list[str]) -> None:
    assert undocumented(source) == missing


def documents() -> str:
    names = ("README.md", "repro/README.md", "CONTRIBUTING.md")
    return "".join((PROJECT / name).read_text("utf-8") for name in names)


def test_the_documents_mention_every_session() -> None:
    tree = ast.parse((PROJECT / "noxfile.py").read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    names = [f.name for f in functions if any("nox" in ast.unparse(d) for d in f.decorator_list)]
    assert {"verify_claims", "tests", "browser"} <= set(names)
    assert [name for name in names if f"nox -s {name}" not in documents()] == []


def test_the_documents_mention_every_command() -> None:
    assert {"run", "explain"} <= set(commands())
    assert [name for name in commands() if f"python -m repro {name}" not in documents()] == []
