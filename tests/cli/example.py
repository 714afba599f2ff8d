"""A claim as the plugin lists it."""

from __future__ import annotations

from repro.plugin.declared import Declared, Needed
from repro.verdicts import Margin, Verdict

REPRODUCED, NOT, INCONCLUSIVE, NOT_RUN = Verdict
PAPER = Needed(
    tier="paper",
    left_out="",
    trained=True,
    blocks=("ppo/linear_chain.training", "ppo/linear_chain.last"),
    runs=20,
    cautious=False,
)
QUICK = Needed(
    tier="quick",
    left_out="",
    trained=True,
    blocks=PAPER.blocks,
    runs=6,
    cautious=True,
)
AUDIT = Needed(
    tier="audit",
    left_out="it needs a pencil",
    trained=False,
    blocks=(),
    runs=0,
    cautious=False,
)
CLAIM = Declared(
    id="a.claim",
    title="A [bold]title[/bold]",
    statement="A statement.",
    source=("talk:44", "talk:45"),
    kind="empirical",
    required=True,
    machine_independent=False,
    expected="above 1",
    margin=Margin(low=1.0),
    controls={"arms swapped": (NOT,), "halves": (NOT, INCONCLUSIVE)},
    differences="",
    recorded=REPRODUCED,
    reason="",
    command="nox -s verify_claims -- --claim a.claim",
    needs=(PAPER, QUICK, AUDIT),
)
