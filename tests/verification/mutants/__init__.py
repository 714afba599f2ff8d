"""Mutation testing: change the code in small ways, and see whether a test fails.

`python -m tests.verification.mutants` draws a seeded sample of the changes (mutants) that cosmic-ray can
make, and runs the tests of the mutated file on each, in a copy of the checkout. A mutant that no test
kills is a hole in the tests, or has its reason in survivors.toml. The extra `mutants` installs
cosmic-ray; the tests of these files do not need it.

- `suites`: which files are mutated, and their tests.
- `population`, `mutant`: all mutants, and the sample.
- `trying`, `bench`, `server`: run the tests on a mutant.
- `ledger`, `timings`: results and test times, kept between runs.
- `report`, `reasons`: the tables, and the reasons of survivors.
"""
