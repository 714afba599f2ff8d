"""Tests of `repro.credit`."""
