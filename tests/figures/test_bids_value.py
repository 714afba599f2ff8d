"""Bids and values are drawn as given."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from repro.errors import UserError
from repro.figures.bids_value import PathBids, bids_and_values
from repro.verdicts import Estimate

PATH = PathBids(
    labels=["A", "C"],
    values=np.array([0.792, 0.8]),
    seeds=np.array([[0.75, 0.78], [0.77, 0.8]]),
    means=[Estimate(0.76, 0.74, 0.78), Estimate(0.79, -math.inf, math.inf)],
)
OTHER = replace(
    PATH, labels=["B"], values=PATH.values[:1], seeds=PATH.seeds[:, :1], means=PATH.means[:1]
)


def test_seeds_means_intervals_and_values() -> None:
    picture = bids_and_values("v", {"one": [PATH, OTHER], "two": [OTHER]}, title="T", margin=0.05)
    axes, second = picture.figure.axes
    given = [np.asarray(line.get_xydata(), float) for line in axes.lines]
    heights = [column[:, 1].tolist() for column in given]
    assert heights.count([0.792, 0.8]) == 1
    for expected in ([0.75, 0.77], [0.78, 0.8], [0.76], [0.79], [0.74, 0.78]):
        assert expected in heights
    assert [column[0, 0] for column in given if column[0, 1] == 0.76] == [0, 2]
    assert not [line for line in heights if not np.isfinite(line).all()]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["A", "C", "B"]
    assert axes.get_ylim() == second.get_ylim()
    bands = [band.get_paths()[0].get_extents() for band in axes.collections]
    assert [band.y0 for band in bands] == pytest.approx([0.742, 0.75, 0.742])
    assert [band.y1 for band in bands] == pytest.approx([0.842, 0.85, 0.842])
    assert "2 seeds" in picture.alt
    assert "one: A 0.760 at a value of 0.792, C 0.790 at a value of 0.800, B 0.760" in picture.alt


@pytest.mark.parametrize(
    ("panels", "message"),
    [
        ({}, "a panel is missing"),
        ({"one": []}, "has no path"),
        ({"one": [replace(PATH, values=PATH.values[:1])]}, r"one: given 2 labels, values \(1,\)"),
        ({"one": [replace(PATH, seeds=PATH.seeds[:, :1])]}, r"seeds \(2, 1\)"),
        ({"one": [replace(PATH, means=PATH.means[:1])]}, "and 1 means"),
    ],
)
def test_paths_with_wrong_shapes_are_refused(
    panels: dict[str, list[PathBids]], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        bids_and_values("v", panels, title="T", margin=0.05)
