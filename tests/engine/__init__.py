"""Tests of `repro.engine`."""
