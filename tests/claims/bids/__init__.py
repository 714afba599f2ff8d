"""Tests of the claims on bids, on synthetic records."""
