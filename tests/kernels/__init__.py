"""Tests of `repro.kernels`."""
