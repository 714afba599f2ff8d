"""Tests of repro/causal/graphs."""
