"""Compiled loops: rollouts, shuffles, networks, and learning from bids.

No kernel says how credit is assigned. That is torch code in `repro.credit`, so that the audit can
trace it. `bid_gradients` compiles the functions there; the others do not compute credit.

Numba keeps compiled code on the disk. It compiles again if a function's own file changes, or a value
that the function encloses. A kernel that calls functions of other files is therefore made by a
function that takes the digest of their code, and encloses it.

beta_sampling: draws from Beta distributions, many at a time.
rollout: selection of actions, and the loop over time steps.
shuffle: random orders of samples.
adam: Adam's step for one network.
network: forward and backward passes of one small network, and its Adam steps.
many_networks: the same for all networks of a block.
bid_gradients: gradients of one mechanism, by the compiled functions of `repro.credit`.
bid_learning: all minibatches of an epoch of mechanisms that learn on their own.
torch_on_numbers: what torch's functions mean for numbers in compiled code.
"""
