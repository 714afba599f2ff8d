"""The sections of the report that are not claims: what came out, coverage, problems, other implementations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from repro.errors import UserError
from repro.figures import ratio_intervals
from repro.paths import GALLERY, HISTORY, ORACLE, PEERS
from repro.report import Section, load_sources
from repro.report.first_screen import FRONT
from repro.report.history import load_history
from repro.report.history_section import history_section
from repro.report.html import THEORY
from repro.report.ladder import ladder, over, written
from repro.report.library_gallery import TITLE, read_gallery
from repro.report.peer_speeds import peer_speeds
from repro.report.sb3_comparison import sb3_comparison
from repro.report.sentences import sentences
from repro.report.talk_coverage import talk_coverage
from repro.summaries.problems import pictures as problem_pictures
from repro.verdicts import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.figures import Picture
    from repro.plugin.declaration import Declaration
    from repro.report.ladder import Rung
    from repro.verdicts import ClaimResult

TALK, SMALLEST = 13.9, 1.25
"""The talk's number, and the smallest factor that counts as a difference."""
LADDER_TEXT = (
    "The talk's number is a ratio: the time that PPO takes after the chain's last decision has changed, over "
    "that of CVS. Each row changes one thing about this comparison, or looks at one part of it. A ratio near 1 "
    "means that what was changed or left out is where the difference came from. In the lower rows a learner is "
    "coupled in one way and compared with the same one without it. If independent gradients make transfer faster, "
    "these ratios are above 1."
)


def report_sections(
    declared: Sequence[Declaration], results: Sequence[ClaimResult], *, trained: bool
) -> tuple[list[Section], list[Picture]]:
    """Return the sections and their figures.

    Args:
        declared: declarations of all claims, judged or not.
        results: results of the judged claims.
        trained: whether any judged claim has runs; if so, the problems and existing comparisons with
            other implementations are shown too.
    """
    first, climbed = _outcome(results)
    always = [*first, *_libraries(results), talk_coverage(load_sources(), declared, results)]
    if not trained:
        return always, climbed
    drawn = [*problem_pictures()]
    sections = [
        *always,
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
    try:
        past, strips = history_section(load_history(HISTORY))
    except UserError as error:
        past, strips = [Section("Verdicts over versions", str(error))], []
    return [*sections, *more, *past], [*climbed, *drawn, *curves, *strips]


def _libraries(results: Sequence[ClaimResult]) -> list[Section]:
    """Return the audits of other libraries, if the theory was judged."""
    if not any(result.kind == THEORY for result in results):
        return []
    try:
        return [read_gallery(GALLERY).section]
    except UserError as error:
        return [Section(TITLE, str(error))]


def _outcome(results: Sequence[ClaimResult]) -> tuple[list[Section], list[Picture]]:
    """Return what came out in sentences, and the ladder if the explanation study was judged."""
    claims = [claim.to_dict() for claim in results]
    said, rungs = sentences(claims), ladder(claims)
    found: list[Section] = []
    drawn: list[Picture] = []
    if said:
        rows = tuple((one.about, one.text, ", ".join(one.claims)) for one in said)
        found.append(
            Section("What came out", "", ("on", "in a sentence", "claims"), rows, first=True)
        )
    if rungs:
        drawn = [ladder_picture(rungs), *first_picture(rungs)]
        found.append(
            Section(
                "What is the 13.9 made of?",
                LADDER_TEXT,
                ("what is compared", "whose time", "ratio [95 % interval]", "claim"),
                tuple((rung.label, over(rung.arm), written(rung), rung.claim) for rung in rungs),
                (drawn[0].name,),
                first=True,
            )
        )
    return found, drawn


def ladder_picture(rungs: Sequence[Rung]) -> Picture:
    """Draw the ladder: each rung's ratio with its interval, next to the talk's number."""
    return ratio_intervals(
        "ladder",
        {f"{rung.arm}, {rung.label}": _estimate(rung) for rung in rungs},
        title="What is the 13.9 made of?",
        quantity="mean time over that of CVS, or over not coupled",
        target=TALK,
        bands={f"less than a factor {SMALLEST:g}": (1 / SMALLEST, SMALLEST)},
        judged=0,
        target_name="the talk's ratio, for PPO's whole transfer:",
    )


def first_picture(rungs: Sequence[Rung]) -> list[Picture]:
    """Draw PPO's rungs alone, for the first screen; none if there are none."""
    rows = {rung.label: _estimate(rung) for rung in rungs if rung.arm == "PPO"}
    if not rows:
        return []
    return [
        ratio_intervals(
            FRONT[0],
            rows,
            title="How much longer PPO takes than CVS",
            quantity="PPO's mean time over CVS's",
            target=TALK,
            bands={f"less than a factor {SMALLEST:g}": (1 / SMALLEST, SMALLEST)},
            judged=0,
            target_name="the talk's ratio",
        )
    ]


def _estimate(rung: Rung) -> Estimate:
    open_above, open_below = math.isinf(rung.high), rung.low <= 0
    bound = {(False, False): "exact", (True, False): "lower", (False, True): "upper"}
    return Estimate(
        rung.value, max(rung.low, 0.0), rung.high, bound=bound.get((open_above, open_below), "none")
    )
