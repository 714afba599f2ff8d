"""Small faults put into copies of the code, one at a time: do the tests notice?

`python -m tests.verification.mutants` runs a seeded sample of the faults (mutants) that cosmic-ray can make. The
extra `mutants` installs it; the tests of the harness need it not.
"""
