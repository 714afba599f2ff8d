"""Tables and figures of small records."""

from __future__ import annotations

import numpy as np
import pytest

from repro import tasks
from repro.protocol.blocks import Block, pretraining, transfer
from repro.records.record import Record
from repro.statistics import ConvergenceTimes
from repro.summaries.learning import (
    all_curves,
    arm,
    bin_ends,
    binned,
    carry_forward,
    changes_some_tasks,
    convergence,
    curves,
    problem_words,
    run_rows,
)
from tests.support.stochastic import chain, install

NAN = np.nan
RETURNS = np.array([[0.1, 0.8, NAN], [0.2, 0.3, 0.8]])


def a_record(algorithm: str, problem: str = "linear_chain.last") -> Record:
    block = Block(algorithm, problem, (4, 9), 3, hyperparameters=(("clip", 0.1),))
    times = ConvergenceTimes(np.array([2, 3]), np.array([False, True]))
    return Record(block, RETURNS, times, {}, {}, {}, {})


def test_one_row_per_run() -> None:
    assert run_rows([a_record("ppo")]) == [
        ("ppo clip=0.1", "linear_chain.last", 4, 2, False),
        ("ppo clip=0.1", "linear_chain.last", 9, 3, True),
    ]


def test_a_converged_run_counts_with_its_last_return() -> None:
    np.testing.assert_array_equal(carry_forward(RETURNS), [[0.1, 0.8, 0.8], [0.2, 0.3, 0.8]])


def test_curves_draw_every_seed_and_the_mean() -> None:
    picture = curves([a_record("cvs"), a_record("ppo")])
    (axes,) = picture.figure.axes
    drawn = {line.get_label(): np.asarray(line.get_xydata(), float).T for line in axes.lines}
    np.testing.assert_allclose(drawn["CVS"][1], [0.15, 0.55, 0.8])
    np.testing.assert_array_equal(drawn["PPO"][0], [4096, 8192, 12288])
    assert sum(np.shape(line.get_xydata()) == (3, 2) for line in axes.lines) == 2 * (2 + 1)
    assert picture.name == "curves.linear_chain.last"
    assert axes.get_title("left").startswith("Transfer")


def lengthy(algorithm: str, problem: str, epochs: int) -> Record:
    """Make two runs whose return is the epoch's number; the second ends halfway."""
    topology = problem.partition(".")[0]
    transferred = not problem.endswith(".training")
    seeds = (4, 9)
    block = (
        transfer(algorithm, problem, seeds)
        if transferred
        else pretraining(algorithm, topology, seeds)
    )
    returns = np.tile(np.arange(1.0, epochs + 1), (2, 1))
    returns[1, epochs // 2 :] = NAN
    times = ConvergenceTimes(np.array([2, epochs]), np.array([False, True]))
    return Record(block, returns, times, {}, {}, {}, {})


def test_short_curves_are_not_binned() -> None:
    np.testing.assert_array_equal(bin_ends(300, log=False), np.arange(1, 301))
    np.testing.assert_array_equal(bin_ends(7, log=True), np.arange(1, 8))


@pytest.mark.parametrize("epochs", [301, 2450, 12_000])
def test_bins_divide_the_epochs_evenly_on_their_axis(epochs: int) -> None:
    even, geometric = bin_ends(epochs, log=False), bin_ends(epochs, log=True)
    for ends in (even, geometric):
        assert (np.diff(ends) >= 1).all()
        assert ends[-1] == epochs
        assert ends.size <= 300
        assert ends[0] >= 1
    assert even.size == 300
    widths = np.diff([0, *even])
    assert widths.max() - widths.min() <= 1
    assert geometric[0] == 1
    late = np.diff(np.log(geometric[geometric > 200]))
    np.testing.assert_allclose(late, np.log(epochs) / 299, atol=1 / 200)


def test_a_point_is_the_mean_of_the_epochs_that_a_run_has() -> None:
    returns = np.array([[1.0, 3, 5, 7, 9], [1, 3, 5, NAN, NAN], [1, NAN, NAN, NAN, NAN]])
    np.testing.assert_array_equal(
        binned(returns, np.array([1, 3, 5])), [[1, 4, 8], [1, 4, NAN], [1, NAN, NAN]]
    )


def test_long_curves_have_linear_bins_in_training_and_logarithmic_ones_in_transfer() -> None:
    for problem in ("linear_chain.training", "linear_chain.last"):
        picture = curves([lengthy("cvs", problem, 6000)])
        (mean,) = [line for line in picture.figure.axes[0].lines if line.get_label() == "CVS"]
        steps = np.asarray(mean.get_xdata(), float) / 4096
        ends = bin_ends(6000, log=problem.endswith("last"))
        np.testing.assert_array_equal(steps, ends)
        # After its end, the second run counts with its last return, 3000.
        epochs = np.arange(1, 6001)
        expected = binned(((epochs + np.minimum(epochs, 3000)) / 2)[None, :], ends)[0]
        np.testing.assert_allclose(np.asarray(mean.get_ydata(), float), expected)
        assert "2 seeds of which 1 censored" in picture.alt


def test_all_problems_are_in_one_figure() -> None:
    problems = ["training", "last", "first"], ["training", "ancestor", "both_descendants"]
    names = [
        f"{topology}.{part}"
        for topology, parts in zip(("linear_chain", "common_ancestor"), problems, strict=True)
        for part in parts
    ]
    picture = all_curves({name: [lengthy("cvs", name, 40)] for name in names})
    axes = picture.figure.axes
    assert picture.name == "curves.all_problems"
    assert [one.get_title("left") for one in axes] == [
        "training",
        "transfer: last",
        "transfer: first",
        "training",
        "transfer: ancestor",
        "transfer: both descendants",
    ]
    assert [one.get_xscale() for one in axes] == ["linear", "log", "log"] * 2
    assert [one.get_ylabel().partition("\n")[0] for one in axes] == [
        *("linear chain", "", ""),
        *("common ancestor", "", ""),
    ]


@pytest.mark.parametrize(
    ("name", "some"),
    [
        ("common_ancestor.training", False),
        ("common_ancestor.ancestor", False),
        ("common_ancestor.one_descendant", True),
        ("common_ancestor.both_descendants", False),
        ("common_descendant.one_ancestor", True),
        ("linear_chain.last", False),
    ],
)
def test_transfers_that_change_one_of_two_tasks(name: str, *, some: bool) -> None:
    assert changes_some_tasks(tasks.problem(name)) is some


def test_curves_of_all_problems_average_over_wider_bins_and_say_so() -> None:
    names = ("linear_chain.training", "linear_chain.last")
    picture = all_curves({name: [lengthy("cvs", name, 6000)] for name in names})
    means = [next(x for x in one.lines if x.get_label() == "CVS") for one in picture.figure.axes]
    training, transfer = (np.asarray(mean.get_xdata(), float) / 4096 for mean in means)
    np.testing.assert_array_equal(training, bin_ends(6000, log=False))
    wide = transfer[transfer > 50]
    np.testing.assert_allclose(wide[1:] / wide[:-1], 1.15, atol=0.02)
    assert "mean over about the last 13 % of the epochs" in picture.caption


def test_problem_names_become_words() -> None:
    assert problem_words("common_ancestor.both_descendants") == (
        "common ancestor",
        "both descendants",
    )
    assert problem_words("linear_chain") == ("linear chain", "")


def test_an_arm_is_in_steps() -> None:
    found = arm(a_record("ppo"))
    assert (found.label, found.mean) == ("PPO", 2.5 * 4096)
    np.testing.assert_array_equal(found.steps, [8192, 12288])
    np.testing.assert_array_equal(found.censored, [False, True])


def test_a_figure_of_times_can_be_named() -> None:
    panels = {"linear chain": [a_record("cvs")]}
    assert convergence(panels, "training").name == "steps.training"


def test_convergence_is_in_steps() -> None:
    picture = convergence({"training": [a_record("cvs", "linear_chain.training")]})
    (axes,) = picture.figure.axes
    marks = [line for line in axes.lines if line.get_linestyle() == "None"]
    points = {tuple(np.asarray(line.get_xydata(), float)[:, 1]) for line in marks}
    assert points == {(2 * 4096.0,), (3 * 4096.0,)}
    assert picture.name == "steps.training"
    assert "1 censored" in picture.alt


def test_curves_mark_the_problems_own_best_return(monkeypatch: pytest.MonkeyPatch) -> None:
    install(
        monkeypatch, "linear_chain", chain(slip=0), last=chain("Other", "ABCDH", slip=0, reward=4.0)
    )
    picture = curves([a_record("cvs")])
    assert "optimum 4" in [line.get_label() for line in picture.figure.axes[0].lines]
    assert "the optimal return 4." in picture.alt
    names = ("linear_chain.training", "linear_chain.last")
    grid = all_curves({name: [a_record("cvs", name)] for name in names})
    for axes, optimum in zip(grid.figure.axes, (2.5, 4.0), strict=True):
        (line,) = [one for one in axes.lines if one.get_label() == f"optimum {optimum:g}"]
        assert np.asarray(line.get_ydata()).tolist() == [optimum, optimum]
    (legend,) = grid.figure.legends
    assert "optimum 2.5 or 4" in [text.get_text() for text in legend.get_texts()]
    assert "the optimal return 2.5 or 4." in grid.alt
