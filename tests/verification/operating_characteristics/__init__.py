"""How often does each verdict occur if a claim is true, false, or exactly on its margin?

A simulation study: `python -m tests.verification.operating_characteristics`. Worlds with known truth are
simulated, and the claims' own code judges the simulated runs, 400 times per world. The result is
data/characteristics.csv and its text; the report shows them next to each claim.

- `design`: the design, fixed beforehand, with its reasons.
- `transfers`, `bids`: the worlds of the claims on transfer and on bids.
- `study`, `text`: simulate all worlds, write the text.
"""
