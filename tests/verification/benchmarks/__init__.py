"""Benchmarks of the engine, d-separation and audits: `nox -s bench`.

Pytest does not collect these files by default. No benchmark passes or fails by its time.
"""
