"""The drawing of an interval: positions match the axis, and the text alternative matches the drawing."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.report.interval_svg import interval_bar, is_bound, margin_words, sparkline
from repro.verdicts import Margin, Measured
from tests.report.example import Page

INF = math.inf
HEADLINE = Measured(10.0, 5.0, 50.0, "times")


def drawn(measured: Measured, margin: Margin | None = None) -> Page:
    return Page(interval_bar(measured, margin))


def percent(text: str) -> float:
    assert text.endswith("%")
    return float(text[:-1])


def ends(page: Page, name: str) -> list[tuple[float, float]]:
    """Return the ends of all lines of a class."""
    return [(percent(a["x1"]), percent(a["x2"])) for a in page.classed(name)]


def labels(page: Page) -> dict[str, float]:
    """Return the position of each label of the axis."""
    texts = [text for _, text in page.texts]
    return dict(zip(texts, (percent(a["x"]) for a in page.all("text")), strict=True))


def test_positions_match_the_axis() -> None:
    shown = drawn(HEADLINE, Margin(5.0, 20.0, 10.0))
    at = labels(shown)
    assert list(at) == ["5", "10", "20", "50"]
    (band,) = shown.classed("band")
    assert percent(band["x"]) == at["5"]
    assert percent(band["x"]) + percent(band["width"]) == pytest.approx(at["20"], abs=0.02)
    assert ends(shown, "edge") == [(at["5"], at["5"]), (at["20"], at["20"])]
    assert ends(shown, "target") == [(at["10"], at["10"])]
    assert ends(shown, "reach")[0] == (at["5"], at["50"])
    (point,) = shown.classed("point")
    assert percent(point["x"]) == at["10"]
    assert shown.classed("head") == []


def test_ratios_are_drawn_on_a_logarithmic_axis() -> None:
    at = labels(drawn(HEADLINE, Margin(5.0, 20.0)))
    assert at["20"] - at["10"] == pytest.approx(at["10"] - at["5"], abs=0.02)
    at = labels(drawn(Measured(0.2, 0.1, 1.5), Margin(0.5, 2.0)))
    assert at["1"] - at["0.5"] == pytest.approx(at["0.2"] - at["0.1"], abs=0.02)


@pytest.mark.parametrize(
    ("measured", "margin"),
    [
        (Measured(-0.04, -0.05, -0.03), Margin(-0.1, 0.1)),
        (Measured(0.5, 0.4, 0.6), Margin(0.0, 1.0)),
        (Measured(3.0, -1.0, 9.0), None),
    ],
)
def test_figures_that_may_be_0_are_drawn_on_a_linear_axis(
    measured: Measured, margin: Margin | None
) -> None:
    places = list(labels(drawn(measured, margin)).values())
    steps = [b - a for a, b in pairwise(places)]
    assert steps == pytest.approx([steps[0]] * len(steps), abs=0.03)


@pytest.mark.parametrize(
    ("low", "high", "heads", "line", "points", "words"),
    [
        (2.0, 8.0, [], None, 1, "from 2 to 8"),
        (2.0, INF, [100.0], (None, 100.0), 1, "from 2 with no upper bound"),
        (0.0, 8.0, [0.0], (0.0, None), 1, "with no lower bound to 8"),
        (-INF, 8.0, [0.0], (0.0, None), 1, "with no lower bound to 8"),
        (0.0, INF, [0.0, 100.0], (0.0, 100.0), 0, "no bound on either side"),
        (-INF, INF, [0.0, 100.0], (0.0, 100.0), 0, "no bound on either side"),
    ],
)
def test_open_ends_are_arrows(
    low: float,
    high: float,
    heads: list[float],
    line: tuple[float | None, float | None] | None,
    points: int,
    words: str,
) -> None:
    shown = drawn(Measured(4.0, low, high), Margin(low=1.0))
    inner = [a for a in shown.all("svg")[1:] if a not in shown.classed("point")]
    assert [percent(a["x"]) for a in inner] == heads
    assert len(shown.classed("head")) == len(heads)
    assert len(shown.classed("point")) == points
    assert len(shown.classed("open")) == (points if heads else 0)
    assert is_bound(Measured(4.0, low, high)) is bool(heads)
    start, stop = ends(shown, "reach")[0]
    if line:
        assert start == (start if line[0] is None else line[0])
        assert stop == (stop if line[1] is None else line[1])
    else:
        assert 0 < start < stop < 100
    # The line, and a bar at each closed end.
    assert len(ends(shown, "reach")) == 3 - len(heads)
    assert words in shown.all("svg")[0]["aria-label"]


def test_arrowheads_point_outwards() -> None:
    shown = drawn(Measured(4.0, -INF, INF))
    tips = [re.findall(r"M(-?9)", a["d"]) for a in shown.classed("head")]
    assert tips == [["9"], ["-9"]]


def test_an_open_margin_reaches_to_the_end() -> None:
    for margin, expected in ((Margin(low=5.0), (True, False)), (Margin(high=5.0), (False, True))):
        shown = drawn(HEADLINE, margin)
        (band,) = shown.classed("band")
        left, width = percent(band["x"]), percent(band["width"])
        assert (left > 0, left + width < 99.99) == expected
        assert len(shown.classed("edge")) == 1
        assert ends(shown, "edge")[0][0] == pytest.approx(left or width, abs=0.02)


def test_a_figure_without_interval_is_a_point() -> None:
    shown = drawn(Measured(3.0, None, None, "s"))
    assert len(shown.classed("point")) == 1
    assert shown.classed("reach") == shown.classed("band") == []
    assert shown.all("svg")[0]["aria-label"] == "Measured 3 s."
    assert len(drawn(Measured(3.0, math.nan, 5.0)).classed("reach")) == 0


@pytest.mark.parametrize("high", [8.0, INF])
def test_a_control_is_a_circle_where_the_claim_has_a_diamond(high: float) -> None:
    own, control = (
        Page(sparkline(Measured(4.0, 2.0, high), None, decides=decides)).classed("point")[0]
        for decides in (True, False)
    )
    assert control["cx"] == own["x"]
    assert ("open" in control["class"], "open" in own["class"]) == (high == INF, high == INF)


@pytest.mark.parametrize("value", [None, math.nan, INF, -INF, 1e200])
def test_without_a_figure_nothing_is_drawn(value: float | None) -> None:
    measured = Measured(value, 1.0, 2.0)
    assert interval_bar(measured, Margin(low=1.0)) == sparkline(measured, Margin(low=1.0)) == ""


def test_the_text_alternative_describes_the_drawing() -> None:
    svg, _diamond = drawn(HEADLINE, Margin(9.266, 20.85, 13.9)).all("svg")
    assert svg["role"] == "img"
    assert svg["aria-label"] == (
        "Measured 10 times, 95 % interval from 5 to 50. Expected 9.27 to 20.9, the talk says 13.9."
    )
    assert drawn(HEADLINE).all("svg")[0]["aria-label"].endswith("to 50.")


def test_the_sparkline_shows_the_same_and_is_hidden_from_screen_readers() -> None:
    margin = Margin(5.0, 20.0, 10.0)
    large, small = drawn(HEADLINE, margin), Page(sparkline(HEADLINE, margin))
    for name in ("edge", "target", "reach"):
        assert ends(large, name) == ends(small, name)
    assert [a["x"] for a in small.classed("point")] == [a["x"] for a in large.classed("point")]
    assert small.all("text") == []
    svg = small.all("svg")[0]
    assert svg["aria-hidden"] == "true"
    assert not {"role", "aria-label"} & set(svg)


@pytest.mark.parametrize(
    ("margin", "words"),
    [
        (Margin(9.266, 20.85, 13.9), "9.27 to 20.9"),
        (Margin(low=1.0), "above 1"),
        (Margin(high=-0.5), "below −0.5"),
    ],
)
def test_a_margin_in_words(margin: Margin, words: str) -> None:
    assert margin_words(margin) == words


@given(
    st.floats(allow_nan=True),
    st.floats(allow_nan=True) | st.none(),
    st.floats(allow_nan=True) | st.none(),
    st.floats(-1e50, 1e50),
)
def test_any_figures_give_valid_positions(
    value: float, low: float | None, high: float | None, end: float
) -> None:
    for margin in (None, Margin(low=end), Margin(high=end), Margin(end, INF, end)):
        for svg in (interval_bar(Measured(value, low, high), margin), sparkline(HEADLINE, margin)):
            places = re.findall(r'"(-?[\d.e+-]+|nan|inf)%"', svg)
            assert all(0 <= float(place) <= 100 for place in places)
