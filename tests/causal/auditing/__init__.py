"""Tests of repro/causal/auditing."""
