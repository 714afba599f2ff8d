"""Tests of `repro.library`."""
