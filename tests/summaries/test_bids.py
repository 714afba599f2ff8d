"""Figures and tables of bids, from small records."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from repro.protocol.blocks import transfer
from repro.summaries.bids import (
    POINTS,
    Decision,
    bids_against_values,
    endpoints,
    path_decisions,
    path_states,
    trajectories,
    unused_actions,
)
from repro.verdicts import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from repro.figures import Picture
    from repro.figures.bids import BidRow
    from repro.figures.bids_value import PathBids
    from repro.records.record import Record

NAN = np.nan
PROBLEM = "linear_chain.last"
A, B, C, D, E, F = range(6)


def a_record(algorithm: str, **bids: NDArray[np.float32]) -> Record:
    block = transfer(algorithm, PROBLEM, (0, 1))
    return cast("Record", SimpleNamespace(block=block, bids=bids))


def some_bids(epochs: int) -> NDArray[np.float32]:
    """Make two runs: A dips in the first, D overtakes C in both, the second ends 30 epochs early."""
    bids = np.full((2, epochs, 5, 6), 0.125, np.float32)
    bids[:, :, 0, A] = bids[:, :, 1, B] = bids[:, :, 2, C] = 0.75
    bids[0, 1:20, 0, A] = 0.5
    bids[0, 12:, 2, D] = 1.0
    bids[1, 20:, 2, D] = 0.875
    bids[1, epochs - 30 :] = NAN
    return bids


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Capture the arguments of the figure functions."""
    given: dict[str, Any] = {}

    def keep_rows(name: str, rows: Sequence[BidRow], **words: object) -> None:
        given.update(name=name, rows=rows, **words)

    def keep_panels(name: str, panels: Mapping[str, Sequence[PathBids]], **words: object) -> None:
        given.update(name=name, panels=panels, **words)

    monkeypatch.setattr("repro.summaries.bids.bid_trajectories", keep_rows)
    monkeypatch.setattr("repro.summaries.bids.bids_and_values", keep_panels)
    return given


def test_the_decisions_of_a_transfer() -> None:
    assert path_decisions(PROBLEM) == (Decision(0, A, A), Decision(1, B, B), Decision(2, C, D))
    assert path_decisions("linear_chain.middle")[1][1:] == (B, E)
    assert path_decisions("common_descendant.descendant")[1][1:] == (C, F)


def test_unused_actions_are_optimal_nowhere() -> None:
    assert unused_actions(PROBLEM) == (E, F)
    assert unused_actions("linear_chain.middle") == (D, F)


def test_path_states_are_listed_task_by_task() -> None:
    """For each task, tables have two states of the path and the end, one task after another."""
    found = path_states("common_ancestor.training")
    assert [(one.task, one.place, one.left, one.letter) for one in found] == [
        ("A → C", 0, 1, "A"),
        ("A → C", 1, 0, "C"),
        ("A → D", 0, 1, "A"),
        ("A → D", 1, 0, "D"),
    ]
    assert [one.value for one in found] == pytest.approx([0.792, 0.8, 0.792, 0.8])
    assert [one.state for one in found] == [0, 1, 3, 4]
    assert [one.action for one in found] == [A, C, A, D]
    assert {one.problem for one in found} == {"common_ancestor.training"}


def test_panels_by_state_and_rows_by_quantity(drawn: dict[str, Any]) -> None:
    bids = some_bids(100)
    bids[1, 1:25, 1, B] = 0.5
    trajectories([a_record("cvs", bid=bids), a_record("ppof", bid=bids, logit=bids * 8)])
    rows: list[BidRow] = drawn["rows"]
    assert [(row.label, row.quantity) for row in rows] == [
        ("CVS", "mean of the Beta"),
        ("PPOF", "probability"),
        ("PPOF", "logit"),
    ]
    assert drawn["name"] == "bids.linear_chain.last"
    assert drawn["states"] == [
        "state 0: A is optimal",
        "state 1: B is optimal",
        "state 2: D instead of C is optimal",
    ]
    assert drawn["letters"] == tuple("ABCDEF")
    for row in rows:
        first, second, last = row.panels
        assert [panel.bold for panel in row.panels] == [(A,), (B,), (C, D)]
        # A recovers in run 0 and B in run 1; they are not disturbed in the other run.
        assert (first.marks.tolist(), first.marked) == ([21], "A back")
        assert (second.marks.tolist(), second.marked) == ([26], "B back")
        assert (last.marks.tolist(), last.marked) == ([13, 21], "D over C")
    np.testing.assert_array_equal(rows[2].panels[0].seeds, 8 * rows[1].panels[0].seeds)


def test_a_short_record_is_drawn_completely_and_its_mean_carried_forward(
    drawn: dict[str, Any],
) -> None:
    bids = some_bids(60)
    trajectories([a_record("cvs", bid=bids)])
    last = drawn["rows"][0].panels[2]
    epochs = last.epochs.tolist()
    assert epochs[:3] == [1, 2, 3]
    assert epochs[-1] == 60
    np.testing.assert_array_equal(last.seeds, bids[:, last.epochs - 1, 2])
    assert np.isnan(last.seeds[1, -1]).all()
    # Run 1 ended with D at 0.875, run 0 has it at 1.
    assert last.mean[-1, D] == 0.9375
    assert last.mean[0, C] == 0.75


def test_a_long_record_is_thinned(drawn: dict[str, Any]) -> None:
    trajectories([a_record("cvs", bid=some_bids(5000))])
    epochs = drawn["rows"][0].panels[0].epochs
    assert epochs.size <= POINTS
    assert (epochs[0], epochs[-1]) == (1, 5000)
    steps = np.diff(np.log(epochs[epochs > 200]))
    assert steps.max() < 1.2 * steps.min()


def test_runs_that_never_switch_have_no_mark(drawn: dict[str, Any]) -> None:
    bids = some_bids(100)
    bids[1, :70, 2, D] = 0.125
    bids[0, 1:, 0, A] = 0.5
    trajectories([a_record("cvs", bid=bids)])
    first, _, last = drawn["rows"][0].panels
    assert (first.marks.tolist(), last.marks.tolist()) == ([], [13])


def test_endpoints_are_means_over_runs() -> None:
    bids = some_bids(100)
    title, head, rows = endpoints([a_record("ppo", bid=bids, logit=bids - 1)])
    assert title == "Bids and logits, means over seeds"
    assert head[4:] == ("epoch 1", "lowest after", "last epoch")
    assert rows[:4] == [
        ("PPO", "probability", "state 0", "A", 0.75, 0.625, 0.75),
        ("PPO", "probability", "state 1", "B", 0.75, 0.75, 0.75),
        ("PPO", "probability", "state 2", "C", 0.75, 0.75, 0.75),
        ("PPO", "probability", "state 2", "D", 0.125, 0.125, 0.9375),
    ]
    assert rows[7] == ("PPO", "logit", "state 2", "D", -0.875, -0.875, -0.0625)
    assert len(rows) == 8


def test_a_path_for_each_task(drawn: dict[str, Any]) -> None:
    table = np.arange(2 * 6 * 6, dtype=np.float32).reshape(2, 6, 6)
    bids_against_values({"common_ancestor.training": table}, 0.05)
    assert (drawn["name"], drawn["margin"]) == ("bids.value", 0.05)
    (first, second) = drawn["panels"]["common ancestor"]
    assert (first.labels, second.labels) == (["A", "C"], ["A", "D"])
    np.testing.assert_allclose(first.values, [0.792, 0.8])
    # Rows 3 and 4, columns A and D, of the numbers 0 to 35 as 6 x 6.
    np.testing.assert_array_equal(second.seeds, [[18, 27], [18 + 36, 27 + 36]])
    assert [mean.value for mean in second.means] == [36, 45]
    assert isinstance(second.means[0], Estimate)


def test_the_pictures_can_be_drawn() -> None:
    bids = some_bids(60)
    picture: Picture = trajectories([a_record("cvs", bid=bids)])
    assert picture.name == "bids.linear_chain.last"
    table = np.full((2, 6, 6), 0.75, np.float32)
    assert bids_against_values({"common_ancestor.training": table}, 0.05).name == "bids.value"
