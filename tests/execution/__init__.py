"""Tests of repro/execution."""
