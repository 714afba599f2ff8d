"""Tests of `repro.algorithms`."""
