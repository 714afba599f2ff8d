"""Tests of the claims of the explanation study, on synthetic runs."""
