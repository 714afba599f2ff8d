"""Bad input at scale: five kinds of input made up by hypothesis, and what must hold for each case.

A case either works, or ends in one clear error; it ends soon, writes nothing outside its own folder,
and never makes a verdict "reproduced" of what was spoilt. `python -m tests.verification.fuzz` runs them all.
"""
