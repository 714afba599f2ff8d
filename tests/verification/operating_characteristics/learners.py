"""Worlds for the claim on many learners: their outcomes are drawn, not those of runs."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from claims.explanation._learners import RUNS
from claims.explanation._shared import SMALLEST
from claims.explanation.learners import compare_groups, judge
from repro.verdicts import Truth
from tests.verification.operating_characteristics.design import TALK, TWICE, Cell

if TYPE_CHECKING:
    import numpy as np

    from repro.verdicts import Verdict

HALF = 9
"""Learners of a group, as the audit divides the claim's eighteen."""
LOG_SDS = (0.3, 0.9)
"""How much the outcomes of learners differ within a group: the log-sds of narrow and of wide times."""


def eighteen(ratio: float, log_sd: float, rng: np.random.Generator, _runs: int) -> Verdict:
    """Judge two groups of learners whose outcomes are log-normal; the number of runs does not matter."""
    slow, fast = (rng.lognormal(math.log(mean), log_sd, HALF) for mean in (ratio, 1.0))
    return judge(compare_groups(slow, fast))


def cells() -> list[Cell]:
    """Return all cells of this claim."""
    worlds = [
        (f"ratio {TALK:.3g}", TALK, Truth.TRUE),
        (f"ratio {TWICE:.3g}", TWICE, Truth.TRUE),
        (f"ratio {SMALLEST:.3g}", SMALLEST, Truth.EDGE),
        ("ratio 1, no effect", 1.0, Truth.FALSE),
        ("ratio 1/2", 1 / TWICE, Truth.FALSE),
    ]
    return [
        Cell(
            ("explanation.learners",),
            words,
            truth,
            f"log-sd {log_sd:g} between learners",
            partial(eighteen, ratio, log_sd),
            RUNS,
        )
        for words, ratio, truth in worlds
        for log_sd in LOG_SDS
    ]
