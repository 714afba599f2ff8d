"""What the report shows beside the claims, and no verdict waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from claims.options import BUILD
from repro.errors import UserError
from repro.report import Section
from repro.report.oracle import oracle
from repro.summary_mdp import pictures as problem_pictures

if TYPE_CHECKING:
    from repro.figures import Picture

ORACLE = BUILD / "oracle" / "oracle.json"
"""What `nox -s oracle` leaves, if it was run."""


def context(*, trained: bool) -> tuple[list[Section], list[Picture]]:
    """Make the sections beside the claims, and their figures.

    Args:
        trained: whether claims on runs are among those judged; if so the problems are drawn, and an
            earlier comparison with Stable-Baselines3 is shown.
    """
    if not trained:
        return [], []
    drawn = [*problem_pictures()]
    sections = [
        Section(
            "The problems",
            "Each topology has a problem to train on and three to transfer to; of two tasks, one is "
            "drawn at each epoch.",
            figures=tuple(picture.name for picture in drawn),
        )
    ]
    try:
        more, curves = oracle(ORACLE)
    except UserError as error:
        more, curves = [Section("Beside Stable-Baselines3", str(error))], []
    return sections + more, drawn + curves
