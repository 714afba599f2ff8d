"""Tests of repro/verification."""
