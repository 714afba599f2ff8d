"""Findings on experiments of the authors' released code that the talk does not speak of."""
