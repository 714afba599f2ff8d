"""Tests of repro/summaries."""
