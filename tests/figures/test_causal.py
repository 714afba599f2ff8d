"""Causal graphs: nodes, edges, and the highlighted witness."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Polygon

from repro.causal.graphs.graph import Graph, Node, Role
from repro.errors import UserError
from repro.figures import causal_graph, save
from repro.figures.causal import LINE, MOST, TINT, WITNESS, written

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.patches import Patch

    from repro.figures import Picture

# A softmax over three bids: one normaliser, three gradients.
SOFTMAX = Graph(
    [
        Node("f", Role.FUNCTION),
        *(Node(f"b{k}", Role.DATA, ("f",), label=f"bid[{k}]") for k in "ABC"),
        Node("lse", Role.HIDDEN, ("bA", "bB", "bC"), label="log-sum-exp"),
        *(Node(f"d{k}", Role.GRADIENT, ("lse", f"b{k}"), label=f"δ[{k}]") for k in "ABC"),
    ]
)
PATHS = (("lse", "dA"), ("lse", "dB"))


def drawn(graph: Graph = SOFTMAX, paths: Any = PATHS, **changes: Any) -> Picture:  # noqa: ANN401 - faulty ones too
    words = {"name": "g", "title": "A softmax", "alt": "Three gradients"} | changes
    return causal_graph(graph, paths=paths, **words)


def patches(picture: Picture) -> dict[str, Patch]:
    """What is drawn, by node or "parent → child"."""
    found = picture.figure.axes[0].patches
    named = {str(patch.get_label()): patch for patch in found}
    assert len(named) == len(found)
    return named


def legend(picture: Picture) -> list[str]:
    return [text.get_text() for text in picture.figure.legends[0].get_texts()]


def middle(patch: Patch) -> float:
    extents = patch.get_path().get_extents(patch.get_patch_transform())
    return float(extents.x0 + extents.x1) / 2


def test_every_node_and_every_edge_is_drawn_once() -> None:
    edges = [f"{p} → {n}" for n, node in SOFTMAX.nodes.items() for p in node.parents]
    assert sorted(patches(drawn())) == sorted([*SOFTMAX.nodes, *edges])


def test_labels_are_drawn() -> None:
    texts = [text.get_text() for text in drawn().figure.axes[0].texts]
    assert sorted(texts) == sorted(node.label for node in SOFTMAX.nodes.values())


def test_roles_differ_in_shape_and_shade() -> None:
    shown = patches(drawn(paths=()))
    kinds = {name: type(shown[name]) for name in ("f", "bA", "lse", "dA")}
    assert kinds == {
        "f": FancyBboxPatch,
        "bA": FancyBboxPatch,
        "lse": FancyBboxPatch,
        "dA": Polygon,
    }
    fills = {name: to_hex(shown[name].get_facecolor()) for name in kinds}
    assert fills["f"] == fills["bA"] == "#d6d6d6"
    assert fills["lse"] == "#ffffff"
    assert fills["dA"] not in {fills["f"], fills["lse"]}
    rounded = [shown[name].get_boxstyle().rounding_size for name in ("f", "bA")]  # type: ignore[attr-defined]  # boxes
    assert rounded[0] < rounded[1]


def test_parents_are_left_of_their_children_with_gradients_last() -> None:
    shown = patches(drawn())
    x = {name: middle(shown[name]) for name in SOFTMAX.nodes}
    assert all(x[p] < x[n] for n, node in SOFTMAX.nodes.items() for p in node.parents)
    assert x["f"] == min(x.values())
    assert {round(x[f"d{k}"], 6) for k in "ABC"} == {round(max(x.values()), 6)}


def test_a_gradient_of_one_input_is_in_the_last_column() -> None:
    more = [Node("dD", Role.GRADIENT, ("f",)), Node("idle", Role.HIDDEN, ("f",))]
    shown = patches(drawn(Graph([*SOFTMAX.nodes.values(), *more])))
    assert middle(shown["dD"]) == pytest.approx(middle(shown["dA"]))
    assert middle(shown["idle"]) == pytest.approx(middle(shown["bA"]))


def test_without_crossings_nodes_are_sorted_by_label() -> None:
    numbers = (10, 2, 1)
    nodes = [Node(f"x{i}", Role.DATA, label=f"bids[{i}]") for i in numbers]
    nodes += [Node(f"d{i}", Role.GRADIENT, (f"x{i}",), label=f"δ[{i}]") for i in numbers]
    shown = patches(drawn(Graph(nodes), ()))
    for kind in "xd":
        heights = [
            shown[f"{kind}{i}"].get_path().get_extents(shown[f"{kind}{i}"].get_patch_transform()).y0
            for i in (1, 2, 10)
        ]
        assert heights == sorted(heights)


def test_only_the_paths_are_highlighted() -> None:
    shown = patches(drawn())
    bright = {f"{a} → {b}" for path in PATHS for a, b in pairwise(path)}
    for label, patch in shown.items():
        if isinstance(patch, FancyArrowPatch):
            looks = (to_hex(patch.get_edgecolor()), patch.get_linewidth())
            assert looks == ((WITNESS, 2.2) if label in bright else (LINE, 0.7)), label
    outlined = {n for n in SOFTMAX.nodes if to_hex(shown[n].get_edgecolor()) == WITNESS}
    assert outlined == {"lse", "dA", "dB"}
    tinted = {n for n in SOFTMAX.nodes if to_hex(shown[n].get_facecolor()) == TINT}
    assert tinted == {"lse"}
    lines = [p.get_zorder() for p in shown.values() if isinstance(p, FancyArrowPatch)]
    assert max(lines) < min(shown[name].get_zorder() for name in SOFTMAX.nodes)
    bright_order = min(shown[label].get_zorder() for label in bright)
    assert bright_order > shown["f → bA"].get_zorder()


def test_an_input_that_starts_a_path_is_still_shaded() -> None:
    shown = patches(drawn(paths=(("bA", "lse", "dB"),)))
    assert to_hex(shown["bA"].get_facecolor()) == "#d6d6d6"
    assert to_hex(shown["lse"].get_facecolor()) == "#ffffff"
    assert to_hex(shown["lse"].get_edgecolor()) == WITNESS


def test_the_legend_names_what_is_drawn() -> None:
    words = ["shaded: conditioned on", "hidden", "gradient", "shared: path of the witness"]
    assert legend(drawn()) == words
    assert legend(drawn(paths=())) == words[:3]
    private = Graph([Node("x", Role.FUNCTION), Node("d", Role.GRADIENT, ("x",))])
    assert legend(drawn(private, ())) == [words[0], words[2]]


def test_the_alt_text_has_counts_and_paths() -> None:
    assert drawn().alt == (
        "Three gradients. 8 nodes: 4 conditioned on, 1 hidden, 3 gradients. "
        "Highlighted: log-sum-exp → δ[A]; log-sum-exp → δ[B]."
    )
    assert (
        drawn(paths=()).alt == "Three gradients. 8 nodes: 4 conditioned on, 1 hidden, 3 gradients."
    )
    with pytest.raises(UserError, match="no alt text"):
        drawn(alt=" ")


def test_title_and_name() -> None:
    picture = drawn()
    assert picture.name == "g"
    assert picture.figure.axes[0].get_title("left") == "A softmax"


def test_the_same_graph_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        save(drawn(), tmp_path / folder)
    for name in ("g.svg", "g.png"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (("lse", "dX"), "figure g: a path goes through 'dX', which is not in the graph"),
        (("bA", "dB"), "figure g: a path goes from 'bA' to 'dB'.*parents of 'dB' are lse, bB"),
        (("dA", "f"), "figure g: a path goes from 'dA' to 'f'.*parents of 'f' are none"),
    ],
)
def test_paths_outside_the_graph_are_refused(path: tuple[str, ...], says: str) -> None:
    with pytest.raises(UserError, match=says):
        drawn(paths=(PATHS[0], path))


def test_a_graph_without_nodes_is_refused() -> None:
    with pytest.raises(UserError, match="figure g: given a graph without nodes"):
        drawn(Graph([]), ())


def test_a_graph_of_one_node_is_drawn() -> None:
    assert list(patches(drawn(Graph([Node("x", Role.DATA)]), ()))) == ["x"]


def test_a_large_graph_is_cut_to_the_nodes_nearest_to_the_witness() -> None:
    """A hundred inputs feed h0, which feeds h1 and so on; both gradients read the last."""
    chain = [Node(f"x{i}", Role.DATA) for i in range(100)]
    chain += [Node("h0", Role.HIDDEN, tuple(f"x{i}" for i in range(100)))]
    chain += [Node(f"h{i}", Role.HIDDEN, (f"h{i - 1}",)) for i in range(1, 10)]
    chain += [Node(f"d{k}", Role.GRADIENT, ("h9",)) for k in "AB"]
    graph = Graph(chain)
    picture = drawn(graph, (("h9", "dA"), ("h9", "dB")))
    nodes = {name for name in patches(picture) if " → " not in name}
    assert len(nodes) == MOST
    assert {"dA", "dB", *(f"h{i}" for i in range(10))} < nodes
    assert picture.figure.axes[0].get_title("left") == "A softmax (60 of 112 nodes)"
    assert "112 nodes: 100 conditioned on, 10 hidden, 2 gradients. Drawn: 60 of 112" in picture.alt


def test_nodes_that_no_gradient_needs_are_cut_first() -> None:
    idle = [Node(f"x{i}", Role.DATA) for i in range(MOST)]
    graph = Graph([*idle, Node("h", Role.HIDDEN, ("x59",)), Node("d", Role.GRADIENT, ("h",))])
    nodes = {name for name in patches(drawn(graph, ())) if " → " not in name}
    assert {"x59", "h", "d"} < nodes
    assert len(nodes) == MOST


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("n(A)^1", "n(A)¹"),
        ("f^12", "f¹²"),
        ("behaviour_policy", "behaviour_policy"),
        ("temporal-difference error (2)", "TD error (2)"),
        ("observed(… × A[13] + … × A[12] + A[14]) (2)", "observed output of A (2)"),
        ("observed(bids[0])", "observed(bids[0])"),
        ("gradient of A", "gradient of A"),
    ],
)
def test_labels_are_written_with_names_as_in_the_code(label: str, text: str) -> None:
    assert written(label) == text


def test_other_shared_nodes_are_filled_without_a_path() -> None:
    more = [Node("h", Role.HIDDEN, ("bA",)), Node("dD", Role.GRADIENT, ("h",))]
    graph = Graph([*SOFTMAX.nodes.values(), *more])
    picture = drawn(graph, shared={"h", "bA"})
    shown = patches(picture)
    assert {n for n in graph.nodes if to_hex(shown[n].get_facecolor()) == TINT} == {"lse", "h"}
    assert to_hex(shown["h → dD"].get_edgecolor()) == LINE
    assert legend(picture)[-1] == "shared, and paths of one"
    with pytest.raises(UserError, match="'z', which is not in the graph"):
        drawn(shared={"z"})


def test_the_legend_of_shared_nodes_fits_the_smallest_figure() -> None:
    figure = drawn(shared={"lse"}).figure
    figure.canvas.draw()  # places the legend
    box = figure.legends[0].get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.width


def test_a_replaced_node_stands_out_and_has_an_entry_in_the_legend() -> None:
    graph = Graph(
        [Node("f", Role.FUNCTION), Node("g", Role.FUNCTION), Node("x", Role.DATA, ("f", "g"))]
    )
    picture = causal_graph(graph, name="g", title="", changed=["g"], alt="words")
    drawn = {
        patch.get_label(): to_hex(patch.get_edgecolor()) for patch in picture.figure.axes[0].patches
    }
    assert (drawn["g"], drawn["f"]) == (WITNESS, "#6b6b6b")
    assert "replaced" in [text.get_text() for text in picture.figure.legends[0].get_texts()]
    with pytest.raises(UserError, match="'h', which is not in the graph"):
        causal_graph(graph, name="g", title="", changed=["h"], alt="words")
