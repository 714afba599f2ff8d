"""Tests of repro/verdicts."""
