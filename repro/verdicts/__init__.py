"""Verdicts: how a measured figure becomes "reproduced", "not reproduced" or "inconclusive".

A claim declares a `Margin` before the runs that it judges. A run measures an `Estimate`: a figure with its 95 %
interval. A rule, such as `direction`, compares the two and returns a `Verdict`. Rules are pure functions
and look at intervals only. Negative controls, data on which the same rule must not say
"reproduced", show that it can fail.

- `verdict`: the words, and what is judged: estimates and comparisons.
- `rules`: from estimates to verdicts.
- `declaration`: what a claim declares before it is judged.
- `evidence`: what it shows next to its verdict.
- `claim_result`: the result of one claim; `results`: that of a run, with the JSON form.
- `statements`: the statements of the talk that claims are about, and what became of each.
- `run_facts`: what else is known of a run: cost, accounts, comparison with the shipped runs.
- `operating_characteristics`: how often a claim has each verdict in simulated worlds.
"""

from repro.verdicts.claim_result import ClaimResult
from repro.verdicts.declaration import ClaimDeclaration, Margin
from repro.verdicts.evidence import (
    Cell,
    Censored,
    Control,
    Detail,
    Measured,
    PerSeedValues,
    RawData,
    Subsample,
    Table,
)
from repro.verdicts.operating_characteristics import (
    Characteristic,
    Truth,
    load_characteristics,
)
from repro.verdicts.results import RunResult
from repro.verdicts.rules import above_in_all, direction, equivalent, holm, near
from repro.verdicts.run_facts import (
    Accounts,
    Agreement,
    BlockAccount,
    Compared,
    Cost,
    LeftOut,
    ShippedComparison,
)
from repro.verdicts.statements import StatementCounts, claims_by_statement
from repro.verdicts.verdict import Comparison, Estimate, Verdict

__all__ = [
    "Accounts",
    "Agreement",
    "BlockAccount",
    "Cell",
    "Censored",
    "Characteristic",
    "ClaimDeclaration",
    "ClaimResult",
    "Compared",
    "Comparison",
    "Control",
    "Cost",
    "Detail",
    "Estimate",
    "LeftOut",
    "Margin",
    "Measured",
    "PerSeedValues",
    "RawData",
    "RunResult",
    "ShippedComparison",
    "StatementCounts",
    "Subsample",
    "Table",
    "Truth",
    "Verdict",
    "above_in_all",
    "claims_by_statement",
    "direction",
    "equivalent",
    "holm",
    "load_characteristics",
    "near",
]
