"""Tests of `repro.scaffold`."""
