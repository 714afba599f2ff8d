"""A newcomer's first hour, in a clean room: `python -m tests.verification.cleanroom`.

The last commit is cloned to a temporary folder with an empty home and empty caches. There the program
follows the documents command by command: "Setting up" and the walkthroughs of CONTRIBUTING, "Kick the
tyres" of ARTIFACT. Every command must do what its document says, and nothing may be written outside the
clone.

- `room`: the clone, and the watch on everything written outside it.
- `stages`: what the documents say.
"""
