"""Kill a small real experiment at random moments, and damage its files: nothing may be lost.

`python -m tests.verification.crash` kills the processes of an experiment and resumes it; the records must
have the same bytes as those of an uninterrupted run. It also kills at every single operation on files,
fills disks, and damages records, checkpoints and shipped runs, which must be refused with a clear
message.

- `experiment`, `process`, `state`: the real experiment, its processes, and its store after a kill.
- `kills`: kills at random moments, and some as soon as the parent is recorded.
- `small`, `files`: an experiment of milliseconds, and interception of its file operations.
- `points`, `places`, `records`, `runs`, `outer`, `damage`: the other faults.
- `report`: the tables.
"""
