"""Statistics and graphs in, figure out: nothing is computed here but where ink goes.

Each function returns a `Picture`: the figure, its file's name, and words for those who can't see it.
"""

from __future__ import annotations

from repro.figures.causal import causal_graph
from repro.figures.curve_grid import Panel, curve_grid
from repro.figures.curves import Curve, learning_curves
from repro.figures.forest import Row, forest
from repro.figures.picture import Picture, save
from repro.figures.ratios import ratio_intervals
from repro.figures.seeds import Arm, steps_per_seed

__all__ = [
    "Arm",
    "Curve",
    "Panel",
    "Picture",
    "Row",
    "causal_graph",
    "curve_grid",
    "forest",
    "learning_curves",
    "ratio_intervals",
    "save",
    "steps_per_seed",
]
