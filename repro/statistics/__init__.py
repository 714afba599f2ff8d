"""From returns to ratios with intervals; the seed is the unit of replication, never the episode."""

from __future__ import annotations

from repro.statistics.convergence import Times, epochs_to_convergence
from repro.statistics.ratio import ratio_of_means
from repro.statistics.sensitivity import Sensitivity, sensitivity

__all__ = ["Sensitivity", "Times", "epochs_to_convergence", "ratio_of_means", "sensitivity"]
