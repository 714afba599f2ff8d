"""The report's sections on a synthetic comparison."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from repro.errors import UserError
from repro.report.sb3_comparison import FIGURE, sb3_comparison
from repro.storage.syntax_digest import code_digest

if TYPE_CHECKING:
    from pathlib import Path

MODULES = ["repro.errors"]
MADE = {
    "commit": "0ddba11",
    "dirty": False,
    "modules": MODULES,
    "code": code_digest(tuple(MODULES)),
    "environment": {
        "python": "3.11.7",
        "torch": "2.13.0",
        "processor": "a processor",
        "stable-baselines3": "2.9.2",
        "gymnasium": "1.4.0",
    },
}
UPDATE = {"made": MADE, "head": ["case", "gap"], "rows": [["fresh", 1e-8]], "tolerance": 1e-3}
CURVES = {
    "made": MADE,
    "problem": "linear_chain.training",
    "steps_per_epoch": 4096,
    "returns": {"here": [[0.1, 0.3], [0.2, 0.4]], "Stable-Baselines3": [[0.1, 0.5], [0.3, 0.4]]},
    "differences": [
        {
            "quantity": "mean return",
            "ours": 0.25,
            "theirs": 0.325,
            "low": -0.1,
            "high": 0.25,
            "margin": 0.5,
        }
    ],
    "agree": True,
    "settings": {"head": ["setting", "here"], "rows": [["discount", "0.99"]]},
}


def written(folder: Path, **parts: Any) -> Path:  # noqa: ANN401 - faulty ones too
    file = folder / "oracle.json"
    file.write_text(json.dumps(parts), encoding="utf-8")
    return file


def test_measurements_are_reported(tmp_path: Path) -> None:
    sections, (picture,) = sb3_comparison(written(tmp_path, update=UPDATE, curves=CURVES))
    update, curves, settings = sections
    assert (update.head, update.rows) == (("case", "gap"), (("fresh", 1e-8),))
    assert "2 runs of each on linear_chain.training" in curves.text
    assert "The arms agree" in curves.text
    assert "0.25 here, 0.325 there, difference 0.075 [-0.1, 0.25], margin 0.5" in curves.text
    assert curves.figures == (FIGURE,) == (picture.name,)
    assert settings.rows == (("discount", "0.99"),)
    assert "PPO, here, 2 seeds; PPO, Stable-Baselines3, 2 seeds" in picture.alt
    (axes,) = picture.figure.axes
    means = [np.asarray(line.get_ydata(), float) for line in axes.lines if line.get_linewidth() > 1]
    np.testing.assert_allclose(means[:2], [[0.15, 0.35], [0.2, 0.45]])


def test_the_origin_is_reported(tmp_path: Path) -> None:
    (update,), _ = sb3_comparison(written(tmp_path, update=UPDATE))
    assert "commit 0ddba11, with stable-baselines3 2.9.2, gymnasium 1.4.0" in update.text
    assert "the training code is the same now" in update.text
    other = {**MADE, "code": "of another time", "dirty": True, "commit": None}
    (update,), _ = sb3_comparison(written(tmp_path, update={**UPDATE, "made": other}))
    assert "no git checkout with uncommitted changes" in update.text
    assert "the training code has changed since" in update.text


def test_disagreement_is_reported(tmp_path: Path) -> None:
    sections, _ = sb3_comparison(written(tmp_path, curves={**CURVES, "agree": False}))
    assert "The arms do not agree" in sections[0].text


def test_without_a_file_there_are_no_sections(tmp_path: Path) -> None:
    assert sb3_comparison(tmp_path / "oracle.json") == ([], [])


@pytest.mark.parametrize("parts", [{"update": {}}, {"curves": {"made": MADE}}, {"update": 3}])
def test_another_file_is_refused(tmp_path: Path, parts: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"oracle.json: not a file .* run that session again"):
        sb3_comparison(written(tmp_path, **parts))


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "oracle.json"
    file.write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="JSONDecodeError"):
        sb3_comparison(file)
    file.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(UserError, match="RecursionError"):
        sb3_comparison(file)
