"""The claim on switching bids, judged on synthetic bids for which it holds, and on others."""

from __future__ import annotations

import math

import numpy as np
import pytest

from claims.bids.switch import test_switch as claim
from repro.verdicts import Margin, Verdict
from tests.claims.bids.synthetic import (
    EPOCHS,
    HIGH,
    LAST,
    LOW,
    C,
    D,
    figures_of,
    judged,
    moving,
    steady,
)


def test_cvs_is_sooner() -> None:
    found = judged(claim, {"cvs": moving(5), "ppof": moving(35)})
    assert found.verdict is Verdict.REPRODUCED
    # The pace plus 4.5 epochs on average.
    assert found.measured is not None
    assert found.measured.value == pytest.approx(39.5 / 9.5)
    assert (found.n, found.censored) == (10, 0)
    shown = figures_of(found)
    assert shown["mean epochs to the switch, CVS"][0] == 9.5
    assert shown["fall of C's bid, PPOF"] == (HIGH - LOW, HIGH - LOW, Verdict.REPRODUCED)
    assert shown["rise of D's bid, CVS"] == (HIGH - LOW, HIGH - LOW, Verdict.REPRODUCED)
    assert shown["runs in which C's bid fell and D's rose, PPO"][0] == 10
    assert all(control.holds for control in found.controls)
    assert [control.verdict for control in found.controls] == [
        Verdict.NOT_REPRODUCED,
        Verdict.INCONCLUSIVE,
        Verdict.NOT_REPRODUCED,
        Verdict.INCONCLUSIVE,
    ]
    assert found.figures == ("bids",)


def test_every_seed_is_shown() -> None:
    cvs = moving(5)
    cvs[0, :, LAST] = steady()[0, :, LAST]
    found = judged(claim, {"cvs": cvs, "ppof": moving(35)})
    assert [(points.label, points.quantity) for points in found.points] == [
        (label, "epochs to the switch") for label in ("CVS", "PPOF", "PPO")
    ]
    first, second, _ = found.points
    assert list(first.values) == [EPOCHS, 8, 11, 14, 7, 10, 13, 6, 9, 12]
    assert list(first.censored) == [True, *[False] * 9]
    assert list(second.values) == [35, 38, 41, 44, 37, 40, 43, 36, 39, 42]
    assert found.margin == Margin(low=1.0)


def test_ppof_is_sooner() -> None:
    found = judged(claim, {"cvs": moving(35), "ppof": moving(5)})
    assert found.verdict is Verdict.NOT_REPRODUCED
    assert not all(control.holds for control in found.controls)


def test_both_at_the_same_time() -> None:
    assert judged(claim, {"cvs": moving(20), "ppof": moving(20)}).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("algorithm", ["cvs", "ppof"])
@pytest.mark.parametrize(("action", "end"), [(C, 0.875), (D, 0.0)])
def test_a_bid_that_ends_on_the_wrong_side(algorithm: str, action: int, end: float) -> None:
    """Bids switch, sooner in CVS, but in the last epoch one bid is on the wrong side."""
    bids = {"cvs": moving(5), "ppof": moving(35)}
    bids[algorithm][:, -1, LAST, action] = end
    found = judged(claim, bids)
    assert found.verdict is Verdict.NOT_REPRODUCED
    assert figures_of(found)["epochs to the switch, PPOF over CVS"][2] is Verdict.REPRODUCED


def test_bids_that_fall_in_half_of_the_runs() -> None:
    bids = {"cvs": moving(5), "ppof": moving(35)}
    bids["ppof"][::2, -1, LAST, C] = 0.9 + HIGH
    assert judged(claim, bids).verdict is Verdict.INCONCLUSIVE


def test_runs_of_ppof_that_never_switch_give_a_lower_bound() -> None:
    ppof = moving(35)
    ppof[:3, :, LAST] = steady()[:3, :, LAST]
    ppof[:3, -1, LAST, C] = LOW
    ppof[:3, -1, LAST, D] = HIGH
    found = judged(claim, {"cvs": moving(5), "ppof": ppof})
    assert found.verdict is Verdict.REPRODUCED
    assert (found.censored, figures_of(found)["runs that never switched, of 10, PPOF"][0]) == (3, 3)
    assert found.measured is not None
    assert found.measured.high == math.inf
    assert figures_of(found)["mean epochs to the switch, PPOF"][1] == math.inf
    # The three may have switched in the last epoch; the others did in 35 + 1, 2, 4, 5, 7, 8, 9.
    assert found.measured.value == pytest.approx((35 * 7 + 36 + 3 * EPOCHS) / 10 / 9.5)


def test_runs_of_cvs_that_never_switch_are_inconclusive() -> None:
    cvs = moving(5)
    cvs[0, :, LAST, D] = np.linspace(0, HIGH - 0.01, EPOCHS)
    cvs[0, :, LAST, C] = np.linspace(1, HIGH, EPOCHS)
    found = judged(claim, {"cvs": cvs, "ppof": moving(35)})
    assert (found.verdict, found.censored) == (Verdict.INCONCLUSIVE, 1)


def test_one_seed_is_inconclusive() -> None:
    found = judged(claim, {"cvs": moving(5)[:1], "ppof": moving(35)[:1]})
    assert found.verdict is Verdict.INCONCLUSIVE
    assert all(control.holds for control in found.controls)


def test_the_table_has_probabilities_and_logits() -> None:
    (table,) = judged(claim, {"cvs": moving(5), "ppof": moving(35)}).tables
    rows = {row[:4]: row[4:] for row in table.rows}
    assert rows["PPOF", "probability", "state 2", "C"] == (HIGH, LOW, LOW)
    assert rows["PPOF", "logit", "state 2", "C"] == (10 * HIGH, 10 * LOW, 10 * LOW)
    assert rows["CVS", "mean of the Beta", "state 0", "A"] == (HIGH, HIGH / 2, HIGH)
    assert ("CVS", "logit", "state 2", "C") not in rows
