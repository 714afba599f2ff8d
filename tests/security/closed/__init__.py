"""A folder for the path of child processes: see sitecustomize.py in it."""
