"""Tests of repro/records."""
