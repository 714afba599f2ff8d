"""A matrix of parts of inputs and gradients: a cell is blue where a gradient reads a part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.colors import to_hex

from repro.errors import UserError
from repro.figures import reads_matrix
from repro.figures.reads import MOST_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repro.figures import Picture

SHARES = {"bids[0]": [1.0, 0.0], "bids[1, :]": [0.0, 1.0], "reward": [1.0, 1.0]}


def draw(
    shares: Mapping[str, Sequence[float]] = SHARES, gradients: Sequence[str] = ("actor_a", "b")
) -> Picture:
    return reads_matrix(shares, gradients, name="r", title="Reads $", alt="What is read")


def legend(picture: Picture) -> dict[str, str]:
    (found,) = picture.figure.legends
    colours = [to_hex(patch.get_facecolor()) for patch in found.get_patches()]
    return dict(zip((text.get_text() for text in found.get_texts()), colours, strict=True))


def test_a_cell_for_each_part_and_gradient_with_names_as_in_the_code() -> None:
    axes = draw().figure.axes[0]
    (image,) = axes.images
    assert np.asarray(image.get_array()).tolist() == [[1, 0], [0, 1], [1, 1]]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == list(SHARES)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["actor_a", "b"]
    assert draw().figure.get_suptitle() == r"Reads \$"


def test_the_legend_has_the_colours_of_the_cells() -> None:
    (image,) = draw().figure.axes[0].images
    nothing, part, every = (to_hex(colour) for colour in image.to_rgba(np.array([[0, 0.5, 1]]))[0])
    assert legend(draw()) == {"reads it": every, "does not": nothing}
    shaded = legend(draw({"x": [0.5, 1.0]}))
    assert shaded == {"reads all of it": every, "a part": part, "nothing": nothing}


def test_many_gradients_are_cut_and_the_title_says_so() -> None:
    many = MOST_COLUMNS + 5
    picture = draw({"x": [1.0] * many}, [f"g{k}" for k in range(many)])
    (image,) = picture.figure.axes[0].images
    assert np.asarray(image.get_array()).shape == (1, MOST_COLUMNS)
    assert picture.figure.get_suptitle() == r"Reads \$ (60 of 65 gradients)"


@pytest.mark.parametrize(("shares", "gradients"), [({}, ["a"]), ({"x": []}, [])])
def test_nothing_to_draw_is_refused(shares: dict[str, list[float]], gradients: list[str]) -> None:
    with pytest.raises(UserError, match="expected at least one of each"):
        draw(shares, gradients)
