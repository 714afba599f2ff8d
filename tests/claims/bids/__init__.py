"""Tests of the claims on bids, on records made by hand."""
