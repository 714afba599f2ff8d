"""Draw statistics and graphs.

A figure function takes numbers that are ready to plot and returns a `Picture`: the matplotlib figure, the
name of its file and its alt text. Statistics are computed elsewhere; only positions are computed here.

- `picture`: the style that all figures share, and how they are saved
- `curves`, `curve_grid`: return against steps
- `seeds`, `ratios`, `forest`: steps to convergence of every seed, and ratios with their intervals
- `bids`, `bids_value`: bids against epochs, and against the values of states
- `shares`: shares of cases, each next to a line
- `strips`: verdicts over versions
- `mdp`, `mdp_shapes`, `mdp_labels`: problems as graphs of states and moves
- `decision_graphs`: small graphs of decisions, and which decisions change
- `reads`: which parts of inputs each gradient reads
- `causal`, `layered`, `boxes`: causal graphs in columns, their layout and their shapes
- `audits`: the graph of an audit's verdict, and what its gradients read
"""

from __future__ import annotations

from repro.figures.audits import audit_graph, audit_reads
from repro.figures.bids import BidPanel, BidRow, bid_trajectories
from repro.figures.bids_value import PathBids, bids_and_values
from repro.figures.causal import causal_graph
from repro.figures.curve_grid import Panel, curve_grid
from repro.figures.curves import BAND, Curve, learning_curves
from repro.figures.decision_graphs import DecisionCell, DecisionGraph, decision_graphs
from repro.figures.forest import Row, forest
from repro.figures.mdp import Drawing, decision_problems
from repro.figures.mdp_shapes import Move, State
from repro.figures.picture import Picture, render, save
from repro.figures.ratios import ratio_intervals
from repro.figures.reads import reads_matrix
from repro.figures.seeds import Arm, steps_per_seed
from repro.figures.shares import SharePanel, shares
from repro.figures.strips import verdict_strips

__all__ = [
    "BAND",
    "Arm",
    "BidPanel",
    "BidRow",
    "Curve",
    "DecisionCell",
    "DecisionGraph",
    "Drawing",
    "Move",
    "Panel",
    "PathBids",
    "Picture",
    "Row",
    "SharePanel",
    "State",
    "audit_graph",
    "audit_reads",
    "bid_trajectories",
    "bids_and_values",
    "causal_graph",
    "curve_grid",
    "decision_graphs",
    "decision_problems",
    "forest",
    "learning_curves",
    "ratio_intervals",
    "reads_matrix",
    "render",
    "save",
    "shares",
    "steps_per_seed",
    "verdict_strips",
]
