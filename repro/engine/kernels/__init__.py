"""Compiled loops: rollouts, shuffles, and the forward and backward pass of each network.

Kernels do not assign credit between mechanisms. That is torch code in `repro.credit`, so that the
audit can trace it. Each file calls only functions of its own: numba caches compiled code on disk and
renews it only when its own file changes.
"""
