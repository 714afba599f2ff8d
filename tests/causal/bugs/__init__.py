"""Known bugs of credit assignment as pairs of rules, one with the bug and one without.

Each pair is written here, from what a public issue says, and no code is copied. `pairs` says what a pair is,
`advantages`, `targets` and `losses` have them, and `table` says which output of an audit tells each pair apart:
`python -m tests.causal.bugs` prints it, and README.md beside this file holds it.
"""
