"""Statistics: from returns to times, and from times to ratios with intervals.

A run is one seed. `epochs_to_convergence` reduces its returns to one time, which is censored if the
run never converged. Everything else compares arms of such times; the seed is the unit of replication,
never the episode. Resampling takes a generator, so the same generator gives the same interval.

- `convergence`: times to convergence, and the search for the first lasting window.
- `bid_times`: times of switch and recovery of bids; `bid_intervals`: intervals for the figures of one arm.
- `ratio`: the ratio of two mean times with its interval; `sensitivity`: under other convergence rules.
- `pooled`: geometric mean over several settings; `share`: the share of a gap that a third arm closes.
- `ratio_change`: how much a ratio changes between two conditions; `discovery`: epochs before and after the
  first reward.
- `streams`: generators by name, so that the same comparison gives the same interval everywhere.
- `improvement`: probability of improvement; `permutation`: a test for equal means.
- `permutation_interval`: a difference of means of few units, with the interval of the exact test.
- `distance_correlation`: dependence of any form between two vectors, and a test of independence.
- `winning_probability`: how likely each mechanism wins an auction, and whether mean bids tell.
- `interval_candidates`, `interval_study`, `interval_coverage`: the simulation study that chose the interval.
"""

from __future__ import annotations

from repro.statistics.bid_intervals import mean_of_runs, share_of_runs
from repro.statistics.convergence import ConvergenceTimes, epochs_to_convergence
from repro.statistics.discovery import first_reaching, from_then_on, share_before
from repro.statistics.distance_correlation import distance_correlation, independence_p_value
from repro.statistics.improvement import Probability, probability_of_improvement
from repro.statistics.permutation import p_value_of_means
from repro.statistics.permutation_interval import difference_of_means
from repro.statistics.pooled import compare_pooled, geometric_mean
from repro.statistics.ratio import compare, ratio_of_means
from repro.statistics.ratio_change import Arms, ratio_change
from repro.statistics.sensitivity import Sensitivity, sensitivity
from repro.statistics.share import factorisation_share
from repro.statistics.winning_probability import inversions, winning_probabilities

__all__ = [
    "Arms",
    "ConvergenceTimes",
    "Probability",
    "Sensitivity",
    "compare",
    "compare_pooled",
    "difference_of_means",
    "distance_correlation",
    "epochs_to_convergence",
    "factorisation_share",
    "first_reaching",
    "from_then_on",
    "geometric_mean",
    "independence_p_value",
    "inversions",
    "mean_of_runs",
    "p_value_of_means",
    "probability_of_improvement",
    "ratio_change",
    "ratio_of_means",
    "sensitivity",
    "share_before",
    "share_of_runs",
    "winning_probabilities",
]
