"""Tests of the figures, file for file."""
