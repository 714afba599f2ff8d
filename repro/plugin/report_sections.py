"""The sections of the report that follow the claims: coverage of the talk, problems, other implementations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.errors import UserError
from repro.paths import ORACLE, PEERS
from repro.report import Section, load_sources
from repro.report.peer_speeds import peer_speeds
from repro.report.sb3_comparison import sb3_comparison
from repro.report.talk_coverage import talk_coverage
from repro.summaries.problems import pictures as problem_pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.figures import Picture
    from repro.plugin.declaration import Declaration
    from repro.verdicts import ClaimResult


def sections_after_claims(
    declared: Sequence[Declaration], results: Sequence[ClaimResult], *, trained: bool
) -> tuple[list[Section], list[Picture]]:
    """Return the sections and their figures.

    Args:
        declared: declarations of all claims, judged or not.
        results: results of the judged claims.
        trained: whether any judged claim has runs; if so, the problems and existing comparisons with
            other implementations are shown too.
    """
    covered = talk_coverage(load_sources(), declared, results)
    if not trained:
        return [covered], []
    drawn = [*problem_pictures()]
    sections = [
        covered,
        Section(
            "The problems",
            "Each topology has a problem to train on and others to transfer to. If a problem has two "
            "tasks, one is drawn for each epoch.",
            figures=tuple(picture.name for picture in drawn),
        ),
    ]
    try:
        more, curves = sb3_comparison(ORACLE)
    except UserError as error:
        more, curves = [Section("Comparison with Stable-Baselines3", str(error))], []
    try:
        more += peer_speeds(PEERS)
    except UserError as error:
        more.append(Section("Speed compared with other implementations", str(error)))
    return sections + more, drawn + curves
