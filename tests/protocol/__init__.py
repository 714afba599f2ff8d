"""Tests of repro/protocol."""
