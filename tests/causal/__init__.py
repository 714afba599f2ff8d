"""Tests of `repro.causal`."""
