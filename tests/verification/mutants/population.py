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
"""What an operator of arithmetic stands in. The tool also takes the star of a signature for one."""


def spots(path: str, text: str) -> Iterator[Spot]:
    """List what can be mutated in a source text, less what cannot matter.

    Left out are type annotations, which are never evaluated here, what stands under
    `if TYPE_CHECKING`, and stars that are no operators. Docstrings have no mutants.

    Args:
        path: of the file, from the project's root.
        text: what it holds.
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
    """The tool's operators by name, those left out that need to be told names of variables."""
    known = ((name, plugins.get_operator(name)) for name in plugins.operator_names())
    return {name.removeprefix("core/"): kind() for name, kind in known if not kind.arguments()}


def idle(node: Any) -> bool:  # noqa: ANN401 - parso's nodes have no types
    """Whether a node stands where nothing is ever evaluated."""
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
    """The function or class that a node stands in, as Class.method; "" at the top."""
    names: list[str] = []
    while node is not None:
        if node.type in {"funcdef", "classdef"}:
            names.insert(0, node.name.value)
        node = node.parent
    return ".".join(names)
