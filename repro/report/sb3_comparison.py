"""Sections on the comparison with Stable-Baselines3, read from the file that `nox -s oracle` writes."""

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
"""What a malformed file may raise, including one that names modules that do not exist."""


def sb3_comparison(file: Path) -> tuple[list[Section], list[Picture]]:
    """Read the sections and their figure; both are empty if there is no file.

    Parts that were not measured are omitted.

    Raises:
        UserError: if the file is malformed.
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
            f"{file}: not a file that `nox -s oracle` wrote "
            f"({type(error).__name__}: {error}); remove it, or run that session again"
        ) from error


def _update(part: dict[str, Any]) -> Section:
    """Report one epoch of both on the same experience."""
    return Section(
        "One PPO update compared with Stable-Baselines3",
        "Both implementations learn from the same experience in the same order. For each network: the "
        "largest change of a parameter here, and the largest difference between a parameter here and "
        f"there. A difference must stay below {part['tolerance']:g} of the change. "
        + _made(part["made"]),
        tuple(part["head"]),
        tuple(tuple(row) for row in part["rows"]),
    )


def _curves(part: dict[str, Any]) -> list[Section]:
    """Report full training runs of both, and the settings of both."""
    differences = [
        f"{d['quantity']}: {d['ours']:.4g} here, {d['theirs']:.4g} there, difference "
        f"{d['theirs'] - d['ours']:.2g} [{d['low']:.2g}, {d['high']:.2g}], margin {d['margin']:g}"
        for d in part["differences"]
    ]
    runs = len(part["returns"]["here"])
    text = (
        f"{runs} runs of each on {part['problem']}; run i of both starts from the same weights. The "
        f"arms {'agree' if part['agree'] else 'do not agree'}. By a rule set in advance, the interval "
        "of every difference must contain 0 and lie within the margin (simultaneous 95 % intervals of "
        f"paired differences). {'; '.join(differences)}. {_made(part['made'])}"
    )
    settings = part["settings"]
    return [
        Section("Training compared with Stable-Baselines3", text, figures=(FIGURE,)),
        Section(
            "Settings of PPO here and in Stable-Baselines3",
            "How each setting was made equal on both sides for the comparison, and which ones differ.",
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
    """Describe when it was measured, and whether the training code has changed since."""
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
