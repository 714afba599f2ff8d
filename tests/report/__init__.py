"""Tests of the report, file for file."""
