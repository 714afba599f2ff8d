"""Tests of repro/training."""
