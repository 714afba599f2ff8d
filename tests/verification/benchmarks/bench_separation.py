"""Time of d-separation by size of the graph, compared with networkx where that is exponential.

Draws build/benchmarks/separation.svg.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from matplotlib.figure import Figure

from repro.causal.graphs.d_separation import d_separated
from repro.figures.picture import INK, Picture, figure_style, log_axis, looks, save
from tests.causal.graphs.dags import Parents, digraph, layered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_benchmark.fixture import BenchmarkFixture

EDGES_A_NODE = 3
WIDTH = 3
SPARSE, LAYERS, NETWORKX = "three edges a node", "dense layers", "dense layers, networkx"
DEPTHS = (4, 6, 8, 10, 12, 13)
Curves = dict[str, dict[int, float]]


@pytest.fixture(scope="module")
def curves(request: pytest.FixtureRequest) -> Iterator[Curves]:
    """Median seconds by number of nodes and kind of graph; drawn at the end."""
    measured: Curves = defaultdict(dict)
    yield measured
    if measured:
        folder = request.config.rootpath / "build" / "benchmarks"
        folder.mkdir(parents=True, exist_ok=True)
        save(drawn(measured), folder)


def drawn(measured: Curves) -> Picture:
    """Draw seconds over nodes on log axes; dotted lines are proportional to nodes."""
    with figure_style():
        figure = Figure(figsize=(7.0, 4.2), layout="constrained")
        axes = figure.add_subplot(xlabel="nodes", ylabel="seconds for one question")
        for (kind, times), look in zip(
            measured.items(), looks("separation", list(measured)), strict=True
        ):
            nodes, seconds = zip(*sorted(times.items()), strict=True)
            axes.plot(nodes, seconds, color=look.colour, marker=look.marker, label=kind)
            ends = np.array([nodes[0], nodes[-1]])
            axes.plot(ends, seconds[-1] * ends / ends[-1], color=look.colour, linestyle=":")
        axes.plot([], [], color=INK, linestyle=":", label="proportional to nodes")
        log_axis(axes, "x")
        log_axis(axes, "y")
        axes.legend()
    return Picture("separation", "Seconds for one question of d-separation over nodes.", figure)


def sparse(n: int) -> Parents:
    """Make a graph of nodes with three parents each, and a last node without edges."""
    rng = np.random.default_rng(n)
    parents: Parents = dict.fromkeys(range(EDGES_A_NODE), ())
    for node in range(EDGES_A_NODE, n - 1):
        parents[node] = tuple(rng.choice(node, EDGES_A_NODE, replace=False, shuffle=False).tolist())
    return {**parents, n - 1: ()}


@pytest.mark.parametrize("n", [1_000, 3_000, 10_000, 30_000, 100_000])
def test_sparse(benchmark: BenchmarkFixture, curves: Curves, n: int) -> None:
    """Build the graph and answer, given a hundredth of the nodes; the search visits all nodes."""
    benchmark.group = SPARSE
    parents, given = sparse(n), range(n // 2, n // 2 + n // 100)
    separated = benchmark.pedantic(d_separated, (parents, 0, n - 1, given), rounds=11)  # type: ignore[no-untyped-call]  # theirs
    assert separated
    if benchmark.stats is not None:
        curves[SPARSE][n] = benchmark.stats.stats.median


@pytest.mark.parametrize(
    ("kind", "depth"), [*product((LAYERS, NETWORKX), DEPTHS), (LAYERS, 100), (LAYERS, 1000)]
)
def test_dense_layers(benchmark: BenchmarkFixture, curves: Curves, kind: str, depth: int) -> None:
    """Ask about a node of the first and one of the last layer, given the layer before the last."""
    benchmark.group = f"{kind.partition(',')[0]}, {depth} of {WIDTH} nodes"
    parents = layered(WIDTH, depth)
    n = len(parents)
    question = {0}, {n - 1}, set(range(n - 2 * WIDTH, n - WIDTH))
    if kind == LAYERS:
        separated = benchmark.pedantic(d_separated, (parents, *question), rounds=100)  # type: ignore[no-untyped-call]  # theirs
    else:
        asked = nx.is_d_separator, (digraph(parents), *question)
        separated = benchmark.pedantic(*asked, rounds=3)  # type: ignore[no-untyped-call]  # theirs
    assert separated
    if benchmark.stats is not None:
        curves[kind][n] = benchmark.stats.stats.median
