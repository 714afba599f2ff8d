"""The tests that networkx ships for its own d-separation, with ours in the place of theirs."""

from __future__ import annotations

from typing import Any

import networkx as nx
import pytest
from networkx.algorithms.tests.test_d_separation import *  # noqa: F403 - pytest collects them here

from repro.causal.graphs.d_separation import d_separated
from repro.causal.graphs.graph import GraphError


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Put ours in the place of theirs; return the list of its answers."""
    answers: list[bool] = []

    def ours(graph: Any, x: Any, y: Any, z: Any) -> bool:  # noqa: ANN401 - networkx has no types
        try:
            answers.append(d_separated(graph, x, y, z))
        except GraphError as error:
            raise _as_theirs(str(error)) from error
        return answers[-1]

    monkeypatch.setattr(nx, "is_d_separator", ours)
    return answers


def _as_theirs(message: str) -> nx.NetworkXException:
    """Return the error that networkx raises for the same fault."""
    if message.startswith("unknown: "):
        return nx.NodeNotFound(message)
    if "expected directed edges" in message:
        return nx.NetworkXNotImplemented(message)
    return nx.NetworkXError(message)


def test_ours_is_what_their_tests_ask(asked: list[bool]) -> None:
    assert not nx.is_d_separator(nx.DiGraph([(0, 1)]), {0}, {1}, set())
    assert asked == [False]
