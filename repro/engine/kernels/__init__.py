"""Compiled code: rollouts, orders of samples, and each network's own forward and backward pass.

What assigns credit between mechanisms is not here: all of that is torch code in `repro.credit`, for
the audit traces it. A file's compiled code is kept on disk and renewed when that file changes, not
when another does whose functions it calls; so kernels call only what stands in their own file.
"""
