"""A newcomer's first hour, from nothing: `python -m tests.verification.cleanroom`."""
