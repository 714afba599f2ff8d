"""Tests of `repro.report`."""
