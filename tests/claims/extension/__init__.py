"""Tests of the claims on experiments that the talk does not speak of, on synthetic runs."""
