"""Tests of `repro.figures`."""
