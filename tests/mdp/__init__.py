"""Tests of `repro.mdp`."""
