"""Audits of training steps and losses of other libraries, as they are; `nox -s gallery` runs them.

Each file `gallery_NAME.py` is about one library: its docstring has the answers, reasoned by hand from what the
library documents, and `LIBRARY` has the entries. `python -m tests.verification.gallery` audits all of them, compares the
answers with those in the files, and writes the table that `python -m repro gallery` prints.
"""
