"""Where the ratio of another run of the same size would fall."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro.verdicts import Estimate


def prediction_interval(ratio: Estimate) -> tuple[float, float]:
    r"""Compute the interval in which a rerun's ratio falls with 95 %, if it has other seeds and as many.

    The rerun's log ratio errs as much as this one's, and independently of it. So the standard error of their
    difference is :math:`\sqrt 2` times that of one, and each end of the interval lies :math:`\sqrt 2` times
    as far from the estimate, on the log scale (Cumming and Maillardet, "Confidence intervals and replication:
    where will the next mean fall?", 2006).

        >>> from repro.verdicts import Estimate
        >>> low, high = prediction_interval(Estimate(value=4.0, low=2.0, high=8.0))
        >>> f"{low:.2f} {high:.2f}"
        '1.50 10.66'

    Args:
        ratio: a ratio with its 95 % interval, above 0.

    Returns:
        Both ends; 0 and infinity where the interval is open.
    """
    low, high = (
        ratio.value * (end / ratio.value) ** math.sqrt(2) if end > 0 else 0.0
        for end in (ratio.low, ratio.high)
    )
    return low, high
