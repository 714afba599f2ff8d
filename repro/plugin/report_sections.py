"""What the report shows beside the claims, and no verdict waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.errors import UserError
from repro.paths import ORACLE
from repro.report import Section, load_sources
from repro.report.sb3_comparison import sb3_comparison
from repro.report.talk_coverage import talk_coverage
from repro.summaries.problems import pictures as problem_pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.figures import Picture
    from repro.plugin.declaration import Declaration
    from repro.verdicts import ClaimResult


def context(
    declared: Sequence[Declaration], results: Sequence[ClaimResult], *, trained: bool
) -> tuple[list[Section], list[Picture]]:
    """Make the sections beside the claims, and their figures.

    Args:
        declared: by all claims there are, judged or not.
        results: of those that were judged.
        trained: whether claims on runs are among those judged; if so the problems are drawn, and an
            earlier comparison with Stable-Baselines3 is shown.
    """
    covered = talk_coverage(load_sources(), declared, results)
    if not trained:
        return [covered], []
    drawn = [*problem_pictures()]
    sections = [
        covered,
        Section(
            "The problems",
            "Each topology has a problem to train on and others to transfer to; of two tasks, one is "
            "drawn at each epoch.",
            figures=tuple(picture.name for picture in drawn),
        ),
    ]
    try:
        more, curves = sb3_comparison(ORACLE)
    except UserError as error:
        more, curves = [Section("Comparison with Stable-Baselines3", str(error))], []
    return sections + more, drawn + curves
