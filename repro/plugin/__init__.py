"""The pytest plugin that judges claims: a claim is a test with the marker `claim`.

The marker declares what is claimed; the test computes a figure and records it with the fixture
`record`. The plugin checks all declarations before anything is run, trains or loads the runs that
the selected claims need, lets pytest call each claim, and turns what was recorded into a verdict, a
table on the terminal, a report and an exit code. `pytest claims` and `python -m repro run` do the same.
Several claims are judged at once, in copies of pytest's process; verdicts and figures do not depend on it.

- `claim_collection`, `claims_plugin`: the hooks that collect and that judge claims; they do not know how runs
  are made
- `judging_apart`, `forked_workers`: judging in copies of the process, on Linux
- `project`: the hooks that belong to this project: tiers, runs and the report
- `declaration`, `listing`: what a claim declares, and its JSON form for `list` and `explain`
- `selection`: which claims are judged; `session_results`: their results so far
- `recorder`, `validation`: what a claim may record
- `record_supply`: where runs are taken from; `progress`: what training prints; `memory`: its memory
- `collect_only`: the list of claims and the shipped runs, which are written without judging
- `options`, `exit_codes`, `terminal_summary`, `report_sections`: the interface to users

A second plugin has nothing to do with claims: `audit_failures` is for the test suites of users who audit their
own rules.

This file imports nothing: the plugin is loaded only when claims are judged.
"""
