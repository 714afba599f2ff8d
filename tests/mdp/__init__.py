"""Tests of repro/mdp."""
