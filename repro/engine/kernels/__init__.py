"""Compiled loops: rollouts, shuffles, and the forward and backward pass of each network.

Kernels do not assign credit between mechanisms. That is torch code in `repro.credit`, so that the
audit can trace it. Each file calls only its own functions: numba caches compiled code on disk, and
recompiles a function only when its file changes.
"""
