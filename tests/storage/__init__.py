"""Tests of repro/storage."""
