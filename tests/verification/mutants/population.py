"""Every mutant that cosmic-ray can make of a source text."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from tests.verification.mutants.mutant import Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

BINARY = frozenset({"arith_expr", "term", "expr", "and_expr", "xor_expr", "shift_expr", "power"})
"""Nodes that contain arithmetic operators. The tool also mutates the star of a signature."""


def spots(path: str, text: str) -> Iterator[Spot]:
    """List all mutants of a source text, except those that cannot matter.

    Left out are type annotations (never evaluated here), code under `if TYPE_CHECKING`, and stars that
    are not operators. Docstrings have no mutants.

    Args:
        path: of the file, from the project's root.
        text: its text.
    """
    lines = text.splitlines()
    nodes = list(ast_nodes(get_ast(text)))
    for name, operator in operators().items():
        places = (
            (node, start, end) for node in nodes for start, end in operator.mutation_positions(node)
        )
        for occurrence, (node, start, end) in enumerate(places):
            if not idle(node) and (
                not name.startswith("ReplaceBinary") or node.parent.type in BINARY
            ):
                line = lines[start[0] - 1]
                yield Spot(path, start, end, name, occurrence, _inside(node), line.strip())


def mutated(text: str, name: str, occurrence: int) -> str:
    """Make a mutant's source text."""
    found = mutate_code(text, operators()[name], occurrence)
    assert found is not None, f"{name} has no occurrence {occurrence}"
    return str(found)


@cache
def operators() -> dict[str, Any]:
    """Return the tool's operators by name, except those that need names of variables."""
    known = ((name, plugins.get_operator(name)) for name in plugins.operator_names())
    return {name.removeprefix("core/"): kind() for name, kind in known if not kind.arguments()}


def idle(node: Any) -> bool:  # noqa: ANN401 - parso's nodes have no types
    """Return True if a node is in code that is never evaluated."""
    while node is not None:
        above = node.parent
        if node.type == "if_stmt" and node.children[1].get_code().strip() == "TYPE_CHECKING":
            return True
        if above is None:
            return False
        if above.type == "annassign" and node is above.children[1]:
            return True
        if above.type == "tfpdef" or (above.type == "funcdef" and node is above.annotation):
            return True
        node = above
    return False


def _inside(node: Any) -> str:  # noqa: ANN401 - parso's nodes have no types
    """Return the function or class that contains a node, as Class.method; "" at module level."""
    names: list[str] = []
    while node is not None:
        if node.type in {"funcdef", "classdef"}:
            names.insert(0, node.name.value)
        node = node.parent
    return ".".join(names)
