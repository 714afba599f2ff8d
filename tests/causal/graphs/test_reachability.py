"""Depth-first search."""

from __future__ import annotations

from repro.causal.graphs.reachability import reachable

EDGES = {"a": "bc", "b": "a", "c": "d", "d": "", "e": "a"}


def test_start_and_everything_after_it_is_found_once_also_in_cycles() -> None:
    assert reachable("a", EDGES.__getitem__) == set("abcd")
    assert reachable("ce", EDGES.__getitem__) == set("abcde")
    assert reachable("d", EDGES.__getitem__) == {"d"}
    assert reachable("", EDGES.__getitem__) == set()
