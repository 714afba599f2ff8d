"""Skeletons: the files from which a new claim, algorithm or task is begun."""
