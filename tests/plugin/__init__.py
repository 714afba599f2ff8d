"""Tests of repro/plugin."""
