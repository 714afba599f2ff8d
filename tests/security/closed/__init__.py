"""A folder for the PYTHONPATH of child processes; see sitecustomize.py."""
