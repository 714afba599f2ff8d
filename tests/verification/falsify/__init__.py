"""Try to make wrong claims look right: `python -m tests.verification.falsify`.

Two attempts. First, every negative control of every claim is judged by the code that judges the claim;
none may be reproduced. Then faults are planted in copies of the checkout, one at a time: a learning
rule that pays the wrong price, an interval that is too narrow. Each fault must be caught by the unit
tests and claims that `faults_*.py` names for it.

- `fault`, `faults`, `faults_*`: the faults, as data.
- `controls`: the table of negative controls.
- `commands`: what unit tests and claims say about a copy.
- `catching`: which tests and claims catch a fault.
- `session`: everything, several things at once.
- `report`: the tables.
"""
