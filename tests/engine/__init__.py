"""Tests of repro/engine."""
