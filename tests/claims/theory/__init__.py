"""Tests of `claims.theory`."""
