"""Benchmarks, run by `nox -s bench` and by nothing else: their files are no tests to pytest."""
