"""Tests of repro/causal/tracing."""
