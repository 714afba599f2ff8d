"""Attempts to make wrong claims come out as right: negative controls, and faults put in on purpose."""
