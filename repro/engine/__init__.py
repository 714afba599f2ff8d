"""Fast training of many small networks: what the trainer calls in every epoch.

A problem has a handful of distinct states, and a block has many runs with several networks each. So
all networks are evaluated on all states once per update (`networks`), and the loops over time steps
and parameters are compiled (`kernels`). The engine selects actions and updates parameters; the
gradients for the updates are those of `repro.credit`: computed by torch, or compiled from the same
functions (`bid_learning`).

networks: batches of multilayer perceptrons with their Adam optimiser.
rollout: one epoch of transitions for every run, and random orders of the samples.
bid_learning: an epoch of learning from bids, compiled.
kernels: the compiled loops behind these.
"""
