"""Tests, which mirror `repro/` path for path."""
