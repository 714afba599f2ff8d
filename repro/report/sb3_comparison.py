"""What the comparison with Stable-Baselines3 has measured, for the report of a later run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from repro.errors import UserError
from repro.figures import Curve, learning_curves
from repro.report.section import Section
from repro.storage.syntax_digest import code_digest

if TYPE_CHECKING:
    from pathlib import Path

    from repro.figures import Picture

FIGURE = "oracle.curves"

FAULTS = (AttributeError, ImportError, LookupError, RecursionError, TypeError, ValueError)
"""What reading another file may raise, one that names odd modules included."""


def sb3_comparison(file: Path) -> tuple[list[Section], list[Picture]]:
    """Read what `nox -s oracle` has written: sections and their figure; nothing if there is no file.

    Of a part that was not measured nothing is said.

    Raises:
        UserError: it is not such a file.
    """
    if not file.exists():
        return [], []
    try:
        measured = json.loads(file.read_text(encoding="utf-8"))
        sections = [_update(measured["update"])] if "update" in measured else []
        if "curves" not in measured:
            return sections, []
        return sections + _curves(measured["curves"]), [_picture(measured["curves"])]
    except FAULTS as error:
        raise UserError(
            f"{file}: not what the comparison with Stable-Baselines3 writes "
            f"({type(error).__name__}: {error}); remove it, or make it anew with `nox -s oracle`"
        ) from error


def _update(part: dict[str, Any]) -> Section:
    """One epoch of both on the same experience."""
    return Section(
        "One update of PPO beside Stable-Baselines3's",
        "Both live through the same experience and learn from it in the same order, each by its own "
        "code. For each network: the largest move of a parameter here, and the largest gap between "
        f"a parameter here and there. A gap is to stay below {part['tolerance']:g} of the move. "
        + _made(part["made"]),
        tuple(part["head"]),
        tuple(tuple(row) for row in part["rows"]),
    )


def _curves(part: dict[str, Any]) -> list[Section]:
    """Whole trainings of both, and the settings of either."""
    told = [
        f"{d['quantity']}: {d['ours']:.4g} here, {d['theirs']:.4g} there, difference "
        f"{d['theirs'] - d['ours']:.2g} [{d['low']:.2g}, {d['high']:.2g}], margin {d['margin']:g}"
        for d in part["differences"]
    ]
    runs = len(part["returns"]["here"])
    text = (
        f"{runs} runs of each on {part['problem']}, run i of both from the same weights. The arms "
        f"{'agree' if part['agree'] else 'do not agree'}: by a rule set beforehand, every difference "
        "must hold 0 in its interval, and the interval must lie within the margin (intervals of "
        f"paired differences, 95 % for all at once). {'; '.join(told)}. {_made(part['made'])}"
    )
    settings = part["settings"]
    return [
        Section("Training beside Stable-Baselines3's", text, figures=(FIGURE,)),
        Section(
            "Settings of PPO here and of Stable-Baselines3's",
            "How each setting was made the same on both sides for the comparison, and which are not.",
            tuple(settings["head"]),
            tuple(tuple(row) for row in settings["rows"]),
        ),
    ]


def _picture(part: dict[str, Any]) -> Picture:
    arms = {label: np.array(returns, float) for label, returns in part["returns"].items()}
    return learning_curves(
        FIGURE,
        [Curve(f"PPO, {label}", returns, returns.mean(axis=0)) for label, returns in arms.items()],
        title=f"Training, {part['problem']}",
        steps_per_epoch=part["steps_per_epoch"],
    )


def _made(made: dict[str, Any]) -> str:
    """Say when it was measured, and whether it is still about the code at hand."""
    versions = [
        f"{name} {made['environment'][name]}"
        for name in ("stable-baselines3", "gymnasium", "torch", "python")
    ]
    at = made["commit"] or "no git checkout"
    dirty = " with uncommitted changes" if made["dirty"] else ""
    try:
        same = code_digest(tuple(made["modules"])) == made["code"]
    except UserError:  # a module has been renamed since
        same = False
    return (
        f"Measured at commit {at}{dirty}, with {', '.join(versions)}, on {made['environment']['processor']}; "
        f"the training code {'is the same now' if same else 'has changed since'}."
    )
