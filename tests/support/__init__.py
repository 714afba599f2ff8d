"""Tests of repro/support."""
