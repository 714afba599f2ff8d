"""Tests of repro/causal/tracing/operators."""
