"""Kills a small real experiment at random moments, and breaks the files under it.

Run by `python -m tests.verification.crash`.
"""
