"""The finding on bids and values, judged on bids near the values and on others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from claims.bids.finding_value import test_value as claim
from repro import tasks
from repro.verdicts import Margin, Verdict
from tests.claims.bids.synthetic import judged_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.protocol import Block
    from repro.verdicts import ClaimResult

# Observations on the optimal paths and the right action: (problem, location, key, letter, k).
PATHS = [
    ("linear_chain", 0, 0, "A", 2),
    ("linear_chain", 1, 2, "B", 1),
    ("linear_chain", 2, -1, "C", 0),
    ("common_ancestor", 0, 0, "A", 1),
    ("common_ancestor", 1, 2, "C", 0),
    ("common_ancestor", 0, 0, "A", 1),
    ("common_ancestor", 1, 3, "D", 0),
    ("common_descendant", 0, 0, "A", 1),
    ("common_descendant", 2, 2, "C", 0),
    ("common_descendant", 0, 1, "B", 1),
    ("common_descendant", 2, 2, "C", 0),
]


def bids(topology: str, shift: float) -> NDArray[np.float32]:
    """Every winner bids 0.8 · 0.99^k + shift, plus or minus 0.01; all others bid 0.25."""
    observation = tasks.problem(f"{topology}.training").merged.observation
    table = np.full((10, len(observation), 6), 0.25, np.float32)
    noise = np.linspace(-0.01, 0.01, 10)
    for where, location, key, letter, k in PATHS:
        if where == topology:
            seen = np.zeros(10)
            seen[location] = 1
            seen[4 + key] = 1 if key >= 0 else seen[4 + key]
            rows = (observation == seen).all(axis=1)
            assert rows.any()
            table[:, rows, "ABCDEF".index(letter)] = (0.8 * 0.99**k + shift + noise)[:, None]
    return table


def found(shifts: dict[str, float] | None = None, *, seeds: int = 10) -> ClaimResult:
    def runs(block: Block) -> Any:  # noqa: ANN401 - any object with these fields is a record here
        topology = block.problem.partition(".")[0]
        table = bids(topology, (shifts or {}).get(topology, 0.0))[:seeds]
        return SimpleNamespace(block=block, final_bids={"bid": table})

    return judged_on(claim, runs, seeds)


def test_bids_at_their_values() -> None:
    result = found()
    assert result.verdict is Verdict.REPRODUCED
    assert all(control.holds for control in result.controls)
    (table,) = result.tables
    assert [(row[0], row[3], row[4]) for row in table.rows] == [
        (f"{where}.training", letter, k) for where, _, _, letter, k in PATHS
    ]
    for row, (*_, k) in zip(table.rows, PATHS, strict=True):
        assert row[5] == pytest.approx(0.8 * 0.99**k)
        assert row[6] == pytest.approx(0.8 * 0.99**k, abs=1e-6)
        assert row[9] == pytest.approx(0, abs=1e-6)
        assert row[10:] == (10, 0.25)
    assert result.figures == ("bids",)


def test_every_seed_is_shown() -> None:
    result = found({"common_ancestor": 0.02})
    assert [points.label for points in result.points] == [
        "linear chain, A → B → C, state 0",
        "linear chain, A → B → C, state 1",
        "linear chain, A → B → C, state 2",
        "common ancestor, A → C, state 0",
        "common ancestor, A → C, state 1",
        "common ancestor, A → D, state 0",
        "common ancestor, A → D, state 1",
        "common descendant, A → C, state 0",
        "common descendant, A → C, state 1",
        "common descendant, B → C, state 0",
        "common descendant, B → C, state 1",
    ]
    noise = np.linspace(-0.01, 0.01, 10)
    for points in result.points:
        shift = 0.02 if points.label.startswith("common ancestor") else 0
        assert points.values == pytest.approx(noise + shift, abs=1e-6)
        assert not any(points.censored)
    assert result.margin == Margin(-0.05, 0.05)


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        (0.04, Verdict.REPRODUCED),
        (-0.04, Verdict.REPRODUCED),
        (0.06, Verdict.NOT_REPRODUCED),
        (-0.06, Verdict.NOT_REPRODUCED),
        (0.048, Verdict.INCONCLUSIVE),
        (-0.052, Verdict.INCONCLUSIVE),
    ],
)
def test_one_problem_is_enough_to_fail(shift: float, expected: Verdict) -> None:
    """Ten runs within 0.01 have an interval of 0.0046 on either side."""
    for topology in ("linear_chain", "common_ancestor", "common_descendant"):
        result = found({topology: shift})
        assert result.verdict is expected
        assert result.measured is not None
        assert result.measured.value == pytest.approx(shift, abs=1e-6)


def test_one_seed_is_inconclusive() -> None:
    assert found(seeds=1).verdict is Verdict.INCONCLUSIVE
