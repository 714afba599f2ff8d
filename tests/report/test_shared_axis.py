"""Drawings that share an axis can be compared."""

from __future__ import annotations

import math

from repro.report.shared_axis import control_axis, is_ratio, on_shared, ratio_axis, rerun, ruler
from repro.verdicts import Control, Margin, Measured
from tests.report.example import NOT, REPRODUCED, Page, claim

ABOVE = Margin(low=1.0)
SMALL = claim(REPRODUCED, id="a", measured=Measured(2.0, 1.5, 3.0), margin=ABOVE)
LARGE = claim(REPRODUCED, id="b", measured=Measured(20.0, 10.0, math.inf), margin=ABOVE)
SHARE = claim(REPRODUCED, id="c", measured=Measured(0.5, 0.4, 0.6), margin=Margin(0.0, 1.0))
DISTANCE = claim(NOT, id="d", measured=Measured(-0.2, -0.3, -0.1), margin=Margin(-0.05, 0.05))


def edge(svg: str) -> str:
    """Return the position of the margin's edge, 1."""
    return next(iter(Page(svg).classed("edge")))["x1"]


def test_ratios_share_an_axis_and_other_figures_do_not() -> None:
    assert [is_ratio(one) for one in (SMALL, LARGE, SHARE, DISTANCE)] == [1, 1, 0, 0]
    axis = ratio_axis([SMALL, LARGE, SHARE, DISTANCE])
    assert axis is not None
    assert axis.log
    assert edge(on_shared(SMALL, axis)) == edge(on_shared(LARGE, axis)) == f"{axis.position(1.0)}%"
    (alone,) = Page(on_shared(SMALL, None)).classed("point")
    (shared,) = Page(on_shared(SMALL, axis)).classed("point")
    assert float(shared["x"][:-1]) < float(alone["x"][:-1])  # the axis reaches further
    assert on_shared(SHARE, axis) == on_shared(SHARE, None)
    assert "<text" in ruler(axis)
    assert ratio_axis([SHARE]) is None
    assert ruler(None) == on_shared(claim(NOT, measured=None), axis) == ""


def test_controls_are_drawn_on_the_axis_of_the_claim() -> None:
    swapped = Control("swapped", (NOT,), NOT, Measured(0.1, 0.05, 0.2))
    one = claim(REPRODUCED, measured=Measured(2.0, 1.5, 3.0), margin=ABOVE, controls=(swapped,))
    axis = control_axis(one)
    assert axis is not None
    assert 0 < axis.position(0.05) < axis.position(1.0) < axis.position(3.0) < 100
    assert control_axis(claim(NOT, measured=None, controls=())) is None


def test_a_rerun_is_predicted_for_ratios_alone() -> None:
    assert (
        rerun(claim(NOT, measured=Measured(4.0, 2.0, 8.0), margin=ABOVE))
        == "[1.50,\N{NO-BREAK SPACE}10.7]"
    )
    assert rerun(LARGE) == "[7.50,\N{NO-BREAK SPACE}∞]"  # 20 / 2^√2
    assert rerun(SHARE) == rerun(DISTANCE) == rerun(claim(NOT, measured=None)) == ""
