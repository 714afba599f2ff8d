"""Tests of `repro.training`."""
