"""Executable claims of the talk "Modularity in Reinforcement Learning" (ICML 2021).

PYTEST_DONT_REWRITE: the command line starts pytest after this package has been imported, and pytest, which
rewrites the packages of plugins, would warn that it comes too late.
"""
