"""Values that are handed around do not change: dataclasses are frozen, apart from those listed."""

from __future__ import annotations

import ast
from pathlib import Path

import repro

CHANGING = {"_Progress": "what a training has done so far"}
"""Dataclasses that change, and why."""


def _is_frozen(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and any(
        word.arg == "frozen" and isinstance(word.value, ast.Constant) and word.value.value is True
        for word in decorator.keywords
    )


def test_dataclasses_are_frozen() -> None:
    found = {
        node.name: _is_frozen(decorator)
        for path in Path(repro.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if "dataclass" in ast.unparse(decorator)
    }
    assert len(found) > 50
    assert {name for name, frozen in found.items() if not frozen} == set(CHANGING)
