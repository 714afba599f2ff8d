"""From returns to ratios with intervals; the seed is the unit of replication, never the episode."""

from __future__ import annotations

from repro.statistics.convergence import ConvergenceTimes, epochs_to_convergence
from repro.statistics.improvement import Probability, probability_of_improvement
from repro.statistics.pooled import geometric_mean
from repro.statistics.ratio import compare, ratio_of_means
from repro.statistics.sensitivity import Sensitivity, sensitivity
from repro.statistics.share import factorisation_share

__all__ = [
    "Probability",
    "Sensitivity",
    "ConvergenceTimes",
    "compare",
    "epochs_to_convergence",
    "factorisation_share",
    "geometric_mean",
    "probability_of_improvement",
    "ratio_of_means",
    "sensitivity",
]
