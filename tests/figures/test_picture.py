"""Names, bytes and looks of figures."""

from __future__ import annotations

import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import permutations
from typing import TYPE_CHECKING

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from repro.errors import UserError
from repro.figures import Picture, save
from repro.figures.picture import arm_looks, figure_style, log_axis, looks, short

if TYPE_CHECKING:
    from pathlib import Path

SIX = ("a", "b", "c", "d", "e", "f")


def a_picture(name: str = "p") -> Picture:
    with figure_style():
        figure = Figure(figsize=(2, 1))
        figure.subplots().plot([1, 2], [3, 4], marker="o", label="x")
        figure.legend()
    return Picture(name, "a line going up", figure)


@pytest.mark.parametrize(
    "name", ["", "a/b", "../a", "..", ".a", "a.", "a..b", "a b", "a<b", "a\n", "ä"]
)
def test_invalid_names_are_refused(name: str) -> None:
    with pytest.raises(UserError, match="figure name"):
        Picture(name, "words", Figure())


@pytest.mark.parametrize("name", ["a", "steps.training", "curves.linear_chain.last", "A-1"])
def test_valid_names_are_accepted(name: str) -> None:
    assert Picture(name, "words", Figure()).name == name


def test_a_figure_without_alt_text_is_refused() -> None:
    with pytest.raises(UserError, match="figure p: no alt text"):
        Picture("p", " ", Figure())


def test_the_same_picture_gives_the_same_bytes(tmp_path: Path) -> None:
    own = {"svg.hashsalt": None, "font.size": 20, "lines.linewidth": 9, "savefig.facecolor": "red"}
    for folder, machine in (("a", {}), ("b", own)):
        (tmp_path / folder).mkdir()
        with mpl.rc_context(machine):  # type: ignore[arg-type]  # names of settings
            save(a_picture(), tmp_path / folder)
    for name in ("p.svg", "p.png"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["p.png", "p.svg"]
    assert (tmp_path / "a" / "p.png").read_bytes().startswith(b"\x89PNG")


def test_the_svg_is_valid_and_self_contained(tmp_path: Path) -> None:
    save(a_picture(), tmp_path)
    text = (tmp_path / "p.svg").read_text("utf-8")
    assert "DOCTYPE" not in text
    assert "date" not in text.lower()
    references = [
        value
        for node in ET.fromstring(text).iter()  # noqa: S314 - drawn two lines above
        for key, value in node.attrib.items()
        if key.rpartition("}")[2] in {"href", "src"}
    ]
    assert references
    assert all(value.startswith("#") for value in references)


def test_after_a_failure_no_old_file_remains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = a_picture()
    save(picture, tmp_path)

    def fail(*_args: object, **_keywords: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(OSError, match="disk full"):
        save(picture, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_settings_are_restored() -> None:
    with mpl.rc_context({"font.size": 17}):
        with figure_style():
            assert mpl.rcParams["font.size"] == 10
        assert mpl.rcParams["font.size"] == 17


def test_no_gui_backend_is_loaded() -> None:
    code = "import repro.figures, sys; raise SystemExit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own code


def test_looks_differ_in_colour_in_grey_and_for_colour_blind_readers() -> None:
    six = looks("p", SIX)
    assert len({look.colour for look in six}) == 6
    assert len({look.dashes for look in six}) == 6
    assert len({look.marker for look in six}) == 6
    # Okabe and Ito's palette, without black, and without yellow, which is invisible on white.
    assert {look.colour for look in six} == {
        "#e69f00", "#56b4e9", "#009e73", "#0072b2", "#d55e00", "#cc79a7",
    }  # fmt: skip


def test_a_look_depends_only_on_the_position() -> None:
    assert looks("p", ["ppo", "cvs"]) == looks("q", SIX)[:2]


def test_a_colour_belongs_to_an_algorithm() -> None:
    colour = {"cvs": "#0072b2", "ppo": "#009e73", "ppof": "#d55e00"}
    for order in permutations(["sarsa", "cvs", "ppof", "ppo"]):
        found = dict(zip(order, arm_looks("p", order), strict=True))
        assert {one: found[one].colour for one in colour} == colour
        assert found["sarsa"].colour == arm_looks("q", ["sarsa"])[0].colour
        assert found["sarsa"].colour not in colour.values()


def test_six_algorithms_have_six_colours() -> None:
    for names in (SIX, ["cvs", "ppo", *SIX[:4]]):
        assert len({look.colour for look in arm_looks("p", names)}) == 6
        reordered = dict(zip(names[::-1], arm_looks("p", names[::-1]), strict=True))
        assert [reordered[name] for name in names] == list(arm_looks("p", names))


def test_arms_of_one_algorithm_differ_in_dashes_and_markers() -> None:
    found = arm_looks("p", ["ppo", "cvs", "ppo", "ppo"])
    assert [look.colour for look in found] == ["#009e73", "#0072b2", "#009e73", "#009e73"]
    assert len({look.dashes for look in found}) == len({look.marker for look in found}) == 4
    assert found[:2] == arm_looks("q", ["ppo", "cvs"])


@pytest.mark.parametrize("labels", [(), (*SIX, "g")])
def test_none_or_too_many_algorithms_are_refused(labels: tuple[str, ...]) -> None:
    with pytest.raises(UserError, match=f"figure p: given {len(labels)} arms; expected 1 to 6"):
        looks("p", labels)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (200, "200"), (4096, "4.1 k"), (50_000, "50 k"), (2.5e6, "2.5 M"), (0, "0")],
)
def test_short_numbers(value: float, text: str) -> None:
    assert short(value) == text


@pytest.mark.parametrize(
    ("limits", "shown"),
    [
        ((0.4, 3), ["0.5", "0.7", "1", "1.5", "2", "3"]),
        ((0.4, 30), ["0.5", "1", "2", "5", "10", "20"]),
        ((4096, 5e7), ["10 k", "100 k", "1 M", "10 M"]),
    ],
)
@pytest.mark.parametrize("which", ["x", "y"])
def test_log_axes_have_plain_numbers(
    which: str, limits: tuple[float, float], shown: list[str]
) -> None:
    with figure_style():
        figure = Figure()
        axes = figure.subplots()
        (axes.set_xlim if which == "x" else axes.set_ylim)(limits)
        log_axis(axes, which)
        figure.draw_without_rendering()
        axis = axes.xaxis if which == "x" else axes.yaxis
        other = axes.yaxis if which == "x" else axes.xaxis
        ticks = zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=True)
        labels = [text.get_text() for at, text in ticks if limits[0] <= at <= limits[1]]
    assert (axis.get_scale(), other.get_scale()) == ("log", "linear")
    assert labels == shown
    assert {text.get_text() for text in axis.get_minorticklabels()} <= {""}


def test_a_notebook_shows_the_figure_with_its_alt_text() -> None:
    picture = a_picture()
    content, described = picture._repr_png_()
    wide, high = struct.unpack(">II", content[16:24])  # the first chunk of a PNG is its header
    inches = picture.figure.get_size_inches()
    assert (wide, high) == tuple(int(96 * length) for length in inches)
    assert described == {"alt": picture.alt}
    assert content == picture._repr_png_()[0]
    assert repr(picture) == f"<Picture {picture.name}>"
