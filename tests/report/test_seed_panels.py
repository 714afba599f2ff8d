"""Points, table and file have each value of each seed once, and no others."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.report.seed_panels import csv_file, seed_names, seed_panels
from repro.verdicts import PerSeedValues
from tests.report.example import CLAIM, Page

CVS = PerSeedValues("CVS", "epochs", (40.0, 45.0, 1234.0), (False, False, False))
PPO = PerSeedValues("PPO", "epochs", (500.0, None, 12000.0), (False, False, True))
FALL = PerSeedValues("CVS", "fall of the bid", (-0.1, 0.25, 0.3), (False, False, False))


def arm(points: PerSeedValues, *others: PerSeedValues) -> Page:
    """Return the drawing of the first of these arms."""
    return Page(seed_panels((points, *others))[0].arms[0].svg)


def places(page: Page) -> list[float]:
    return [float(a["cx"].rstrip("%")) for a in page.classed("seed") if "cx" in a]


def test_arms_of_one_quantity_share_a_panel_in_order() -> None:
    found = [(p.quantity, [one.label for one in p.arms]) for p in seed_panels((CVS, FALL, PPO))]
    assert found == [("epochs", ["CVS", "PPO"]), ("fall of the bid", ["CVS"])]
    assert seed_panels(()) == []


def test_a_seed_is_a_point_with_its_name_and_a_censored_one_an_open_arrow() -> None:
    shown = arm(PPO)
    assert [text for tag, text in shown.texts if tag == "svg"] == ["run 1: 500", "run 3: ≥ 12,000"]
    assert len(shown.all("circle")) == 1
    assert len(shown.classed("open")) == 1
    (held,) = [a for a in shown.all("svg") if "x" in a]
    assert float(held["x"].rstrip("%")) > places(shown)[0]


def test_arms_of_one_panel_share_an_axis() -> None:
    (panel,) = seed_panels((CVS, PPO))
    ticks = dict(
        zip(
            (text for _, text in Page(panel.scale).texts),
            (float(a["x"].rstrip("%")) for a in Page(panel.scale).all("text")),
            strict=True,
        )
    )
    assert list(ticks) == ["100", "1,000", "10,000"]
    slope = (ticks["1,000"] - ticks["100"]) / math.log(10)
    for one, value in ((panel.arms[0], 40.0), (panel.arms[1], 500.0)):
        expected = ticks["100"] + slope * math.log(value / 100)
        assert places(Page(one.svg))[0] == pytest.approx(expected, abs=0.03)
        grid = [float(a["x1"].rstrip("%")) for a in Page(one.svg).classed("grid")]
        assert grid == list(ticks.values())


@pytest.mark.parametrize(
    ("values", "log"),
    [((1.0, 10.1), True), ((1.0, 10.0), False), ((0.0, 100.0), False), ((-1.0, 100.0), False)],
)
def test_the_axis_is_logarithmic_over_more_than_a_decade(
    values: tuple[float, ...], log: bool
) -> None:
    (panel,) = seed_panels((PerSeedValues("a", "q", values, (False, False)),))
    assert panel.log is log


def test_the_table_is_the_same_as_the_drawing() -> None:
    (panel,) = seed_panels((CVS, PPO), "3,7-8")
    assert panel.head == ("", "seed 3", "seed 7", "seed 8")
    assert panel.rows == (("CVS", "40", "45", "1,234"), ("PPO", "500", "–", "≥ 12,000"))
    assert panel.numeric == (False, True, True, True)
    assert panel.censored
    assert not seed_panels((CVS,))[0].censored


def test_arms_of_unequal_length_fill_their_rows() -> None:
    short = PerSeedValues("short", "epochs", (1.0,), (False,))
    (panel,) = seed_panels((short, CVS))
    assert panel.head == ("", "run 1", "run 2", "run 3")
    assert panel.rows[0] == ("short", "1", None, None)


def test_the_text_alternative_of_an_arm() -> None:
    labels = [Page(one.svg).all("svg")[0]["aria-label"] for one in seed_panels((CVS, PPO))[0].arms]
    assert labels == [
        "CVS, epochs: 3 runs, from 40 to 1,230",
        "PPO, epochs: 3 runs, from 500 to 12,000, 1 of them censored, 1 without a value",
    ]
    nothing = PerSeedValues("none", "epochs", (None,), (False,))
    assert Page(seed_panels((nothing,))[0].arms[0].svg).all("svg")[0]["aria-label"] == (
        "none, epochs: 1 run, 1 without a value"
    )


def test_close_points_do_not_hide_each_other() -> None:
    shown = arm(PerSeedValues("a", "q", (5.0, 5.0, 5.0, 9.0), (False,) * 4))
    drawn = [(a["cx"], a["cy"]) for a in shown.all("circle")]
    assert len(set(drawn)) == 4
    heights = [a["cy"] for a in shown.all("circle")]
    assert heights[0] == heights[3] != heights[1]


@pytest.mark.parametrize(
    ("seeds", "many", "names"),
    [
        ("0-2", 3, ["seed 0", "seed 1", "seed 2"]),
        ("0-1,7", 3, ["seed 0", "seed 1", "seed 7"]),
        ("4", 1, ["seed 4"]),
        ("0-9", 3, ["run 1", "run 2", "run 3"]),
        ("2-0", 1, ["run 1"]),
        ("1,x", 1, ["run 1"]),
        ("<b>", 1, ["run 1"]),
        ("", 2, ["run 1", "run 2"]),
    ],
)
def test_seeds_are_named_if_known(seeds: str, many: int, names: list[str]) -> None:
    assert seed_names(seeds, many) == names


def test_the_file_holds_every_seed() -> None:
    evil = PerSeedValues('a "b",\nc', "epochs", (1.5,), (False,))
    name, address = csv_file(replace(CLAIM, points=(PPO, evil)), "0-2")
    assert name == "transfer.headline.csv"
    head, _, data = address.partition(",")
    assert head == "data:text/csv;charset=utf-8"
    assert list(csv.reader(io.StringIO(unquote(data)))) == [
        ["quantity", "arm", "run", "value", "censored"],
        ["epochs", "PPO", "seed 0", "500.0", "False"],
        ["epochs", "PPO", "seed 1", "", "False"],
        ["epochs", "PPO", "seed 2", "12000.0", "True"],
        ["epochs", 'a "b",\nc', "run 1", "1.5", "False"],
    ]


@given(st.lists(st.floats() | st.none(), min_size=1, max_size=30), st.booleans())
def test_every_value_is_drawn_or_counted_as_missing(
    values: list[float | None], censored: bool
) -> None:
    (panel,) = seed_panels((PerSeedValues("a", "q", tuple(values), (censored,) * len(values)),))
    shown = Page(panel.arms[0].svg)
    drawn = len(shown.classed("seed"))
    known = [v for v in values if v is not None and abs(v) < 1e100]
    assert drawn == len(known)
    label = shown.all("svg")[0]["aria-label"]
    assert (f"{len(values) - drawn} without a value" in label) is (drawn < len(values))
    assert len(panel.rows[0]) == len(values) + 1
