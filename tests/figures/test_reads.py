"""A matrix of gradients and elements: a cell is dark where a gradient reads an element."""

from __future__ import annotations

import numpy as np
import pytest

from repro.errors import UserError
from repro.figures import Picture, reads_matrix
from repro.figures.reads import MOST_COLUMNS, MOST_ROWS

COLUMNS = {"bids": ["bids[0]", "bids[1]"], "rewards": ["rewards[0]", "rewards[1]", "rewards[2]"]}
READS = {"left": frozenset({"bids[0]", "rewards[2]"}), "right": frozenset({"bids[1]"})}


def draw(
    reads: dict[str, frozenset[str]] = READS, columns: dict[str, list[str]] = COLUMNS
) -> Picture:
    return reads_matrix(reads, columns, name="r", title="Reads $", alt="What is read")


def cells(picture: Picture) -> list[list[float]]:
    (image,) = picture.figure.axes[0].images
    found: list[list[float]] = np.asarray(image.get_array()).tolist()
    return found


def ticks(picture: Picture) -> tuple[list[str], list[str]]:
    axes = picture.figure.axes[0]
    return [t.get_text() for t in axes.get_xticklabels()], [
        t.get_text() for t in axes.get_yticklabels()
    ]


def test_a_cell_for_each_gradient_and_element() -> None:
    picture = draw()
    assert cells(picture) == [[1, 0, 0, 0, 1], [0, 1, 0, 0, 0]]
    assert ticks(picture) == ([*COLUMNS["bids"], *COLUMNS["rewards"]], ["left", "right"])
    assert picture.alt == "What is read. Of 5 elements: left reads 2, right reads 1."
    assert picture.figure.axes[0].get_title(loc="left") == r"Reads \$"


def test_inputs_with_many_elements_are_one_column_each_shaded_by_share() -> None:
    many = [f"x[{k}]" for k in range(MOST_COLUMNS)]
    picture = draw(
        {"a": frozenset(many[:20]), "b": frozenset({"y"})}, {"x": many, "y": ["y"], "z": []}
    )
    assert ticks(picture) == (["x", "y"], ["a", "b"])
    assert cells(picture) == [[0.25, 0], [0, 1]]


def test_many_gradients_are_cut_and_the_title_says_so() -> None:
    picture = draw({f"g{k}": frozenset({"bids[0]"}) for k in range(MOST_ROWS + 5)})
    assert len(cells(picture)) == MOST_ROWS
    assert picture.figure.axes[0].get_title(loc="left") == r"Reads \$ (60 of 65 gradients)"
    assert "g11 reads 1 and 53 more." in picture.alt


@pytest.mark.parametrize(("reads", "columns"), [({}, COLUMNS), (READS, {}), (READS, {"x": []})])
def test_nothing_to_draw_is_refused(
    reads: dict[str, frozenset[str]], columns: dict[str, list[str]]
) -> None:
    with pytest.raises(UserError, match="expected at least one of each"):
        draw(reads, columns)
