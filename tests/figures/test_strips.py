"""Verdicts over versions as a figure."""

from __future__ import annotations

import pytest
from matplotlib.colors import to_hex

from repro.errors import UserError
from repro.figures import verdict_strips
from repro.figures.strips import LOOKS
from repro.verdicts import Verdict
from tests.support.pictures import least_contrast


def test_every_verdict_has_a_colour_and_a_sign_of_its_own() -> None:
    assert LOOKS.keys() == {verdict.value for verdict in Verdict}
    assert len(set(LOOKS.values())) == len({sign for _, sign in LOOKS.values()}) == len(Verdict)


@pytest.mark.parametrize("verdict", LOOKS)
def test_each_sign_stands_out_from_its_field(verdict: str) -> None:
    (axes,) = verdict_strips("x", {"a": [verdict]}, title="T").figure.axes
    (sign,), field = axes.texts, axes.patches[0]
    assert least_contrast(to_hex(sign.get_color()), to_hex(field.get_facecolor())) >= 4.5


def test_each_judged_version_has_a_field_with_its_sign() -> None:
    rows: dict[str, list[str | None]] = {
        "a": ["reproduced", "inconclusive"],
        "b": [None, "not reproduced"],
    }
    (axes,) = verdict_strips("x", rows, title="T").figure.axes
    placed = {text.get_position(): text.get_text() for text in axes.texts}
    assert placed == {(1, 0): "✓", (2, 0): "?", (2, 1): "✗"}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]


@pytest.mark.parametrize("rows", [{}, {"a": []}, {"a": ["reproduced"], "b": []}])
def test_rows_must_have_the_same_versions(rows: dict[str, list[str | None]]) -> None:
    with pytest.raises(UserError, match="expected at least one row and one version"):
        verdict_strips("x", rows, title="T")
