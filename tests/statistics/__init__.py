"""Tests of repro.statistics."""
