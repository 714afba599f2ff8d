"""Tables and pictures of records small enough to check by eye."""

from __future__ import annotations

import numpy as np

from repro.experiment import Block
from repro.statistics import Times
from repro.store import Record
from repro.summary import _carried_on, convergence, curves, run_rows

NAN = np.nan
RETURNS = np.array([[0.1, 0.8, NAN], [0.2, 0.3, 0.8]])


def a_record(algorithm: str, problem: str = "linear_chain.last") -> Record:
    block = Block(algorithm, problem, (4, 9), 3, settings=(("clip", 0.1),))
    times = Times(np.array([2, 3]), np.array([False, True]))
    return Record(block, RETURNS, times, {}, {}, {})


def test_one_row_a_run() -> None:
    assert run_rows([a_record("ppo")]) == [
        ("ppo clip=0.1", "linear_chain.last", 4, 2, False),
        ("ppo clip=0.1", "linear_chain.last", 9, 3, True),
    ]


def test_a_run_that_left_counts_with_its_last_return() -> None:
    np.testing.assert_array_equal(_carried_on(RETURNS), [[0.1, 0.8, 0.8], [0.2, 0.3, 0.8]])


def test_curves_draw_every_seed_and_the_mean() -> None:
    picture = curves([a_record("cvs"), a_record("ppo")])
    (axes,) = picture.figure.axes
    drawn = {line.get_label(): np.asarray(line.get_xydata(), float).T for line in axes.lines}
    np.testing.assert_allclose(drawn["CVS"][1], [0.15, 0.55, 0.8])
    np.testing.assert_array_equal(drawn["PPO"][0], [4096, 8192, 12288])
    assert sum(np.shape(line.get_xydata()) == (3, 2) for line in axes.lines) == 2 * (2 + 1)
    assert picture.name == "curves.linear_chain.last"
    assert axes.get_title("left").startswith("Transfer")


def test_convergence_is_in_steps() -> None:
    picture = convergence({"training": [a_record("cvs", "linear_chain.training")]})
    (axes,) = picture.figure.axes
    marks = [line for line in axes.lines if line.get_linestyle() == "None"]
    points = {tuple(np.asarray(line.get_xydata(), float)[:, 1]) for line in marks}
    assert points == {(2 * 4096.0,), (3 * 4096.0,)}
    assert picture.name == "steps.training"
    assert "1 censored" in picture.alt
