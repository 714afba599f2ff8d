"""Tests of `repro.tasks`."""
