"""Executable claims of the talk "Modularity in Reinforcement Learning" (ICML 2021)."""
