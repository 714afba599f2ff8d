"""The notebook data/tour.ipynb: made from `tour.py`, run by `nox -s tour`.

`tour.py` is the source; ruff and mypy check it as any other file. `python -m tests.verification.tour` runs its
cells in a Jupyter kernel, and compares the result with the shipped notebook. With `--write` it writes it.
"""
