"""Tests of the audit of a file, file for file."""
