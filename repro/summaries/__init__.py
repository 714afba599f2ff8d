"""Compute from records and problems what figures and tables show.

A claim passes its records in and gets a `Picture` or the rows of a table back. Averages over seeds, bins of
epochs and positions of states are computed here; `repro.figures` only draws them.

- `learning`: learning curves, steps to convergence, the table of runs
- `bids`: bids along optimal paths
- `problems`: the problems as graphs

Import the modules, not this package: each of them loads matplotlib.
"""
