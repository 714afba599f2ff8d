"""Tests of `repro.engine.kernels`."""
