"""Tests of repro/causal/symbolic."""
