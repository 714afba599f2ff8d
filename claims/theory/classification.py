"""The talk's classification of credit assignment, for all rules and learners here, under four readings.

The talk: policy gradients and n-step temporal differences do not give independent gradients, single-step ones
do where no state recurs (talk:233-248). Whether that is so depends on two choices that the talk leaves open:
which sums count as shared, and whether a selected maximum is a hidden variable (see
`claims.theory._readings`). The question here is whether there is *one* reading that gives the talk's answer
for every rule of `repro.credit` and every learner as it is trained, on one acyclic episode in which two
mechanisms act in turn, and on a batch of two such episodes.

What is to be expected, by hand. Policy gradients share the softmax's normaliser under every reading. Two-step
targets share no sum of two rewards under any: two windows have one reward in common. Single-step targets share
nothing; but CVS normalises each mechanism's utilities over its samples, and if B acts directly after A twice,
both mechanisms' sums can contain the same sum of two prices. So "at most" keeps CVS from being modular, and
"as coded" lets some multi-step targets pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.theory._classes import JUDGED, MODULAR, TRAJECTORIES, Kind, Row, rows
from claims.theory._judging import graph_figure, yes_no
from claims.theory._readings import READINGS, SELECTIONS, Reading, Sums, is_modular
from claims.theory._witnesses import NORMALISER
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from repro.causal import Verdict as AuditVerdict
    from repro.plugin.recorder import Recorder

    Audits = Mapping[tuple[str, str], AuditVerdict]
    """Audits of a row by trajectory and selection."""
    Found = Mapping[Row, Audits]

OPPOSITE = "what the talk says of n-step and single-step methods, exchanged"
ALL_MODULAR = "all kinds expected to be modular"
NONE_MODULAR = "no kind expected to be modular"
ANSWERS = {True: "yes", False: "no", None: "?"}


def mismatches(
    found: Found, reading: Reading, expected: Mapping[Kind, bool], judged: Iterable[str] = JUDGED
) -> list[Row]:
    """Return the rows that are not as expected under a reading, or cannot be decided."""
    return [
        row
        for row, audits in found.items()
        if row.kind in expected
        and any(
            is_modular(audits[trajectory, reading.selection], reading.sums)
            is not expected[row.kind]
            for trajectory in judged
        )
    ]


def judge(found: Found, expected: Mapping[Kind, bool] = MODULAR) -> Verdict:
    """Judge whether some reading gives what is expected for every row."""
    doubtful = any(
        is_modular(audited) is None
        for row, audits in found.items()
        if row.kind in expected
        for audited in audits.values()
    )
    if any(not mismatches(found, reading, expected) for reading in READINGS):
        return Verdict.REPRODUCED
    return Verdict.INCONCLUSIVE if doubtful else Verdict.NOT_REPRODUCED


@pytest.mark.claim(
    id="theory.classification",
    title="One reading classifies all credit assignment as the talk does",
    statement="Policy gradient and n-step temporal-difference methods do not give independent gradients, "
    "single-step methods do where no state recurs: for every rule and learner here, under one reading of "
    "which sums and selections count as shared.",
    source=["talk:235", "talk:237"],
    kind="theory",
    expected="one of four readings (sums shared as coded, or at most; a maximum as selection, or as a hidden "
    "variable) gives the talk's answer for every policy gradient, n-step and single-step method of this "
    "project, on an acyclic episode A, B, A, B and on a batch of two",
    controls=dict.fromkeys((OPPOSITE, ALL_MODULAR, NONE_MODULAR), "not reproduced"),
    differences="The talk names kinds of methods and neither a reading nor a batch. Learners are audited from "
    "the outputs of their networks on, with their normalisation, clipping and entropy. One step and a cyclic "
    "episode, of which the talk says nothing, are shown and not judged; so are methods that it does not name.",
    recorded="not reproduced",
    reason="No reading gives the talk's answer for all 25 methods. Under all of them, gradients of policy "
    "gradient methods are dependent, and two-step targets give independent ones: two windows have only one reward "
    "in common. As coded, with a maximum as selection, two more are not as the talk says: Monte Carlo targets as "
    "computed here, by doubling and not by the recursion that most libraries use, share no sum. At most, CVS as "
    "trained is not modular, nor are its variants with first prices and without clones: normalised over an episode "
    "in which B acts directly after A twice, both mechanisms' advantages can contain the same sum of two prices. "
    "Before they are normalised, CVS's utilities are modular under this reading. If a maximum is a hidden variable, "
    "CVS is not modular in any case, because the price that one winner pays is what the one before receives. So "
    "the talk's classification holds as coded without two-step targets and with Monte Carlo targets by recursion; "
    "and at most without two-step targets and without CVS's normalisation.",
)
def test_classification(record: Recorder) -> None:
    found = {
        row: {
            (name, selection): row.audit(trajectory, selection)
            for name, trajectory in TRAJECTORIES.items()
            for selection in SELECTIONS
        }
        for row in rows()
    }
    judged = [row for row in found if row.kind in MODULAR]
    record.outcome(judge(found), None, checked=len(judged))
    tabulate(record, found)
    for reading in READINGS:
        agreeing = len(judged) - len(mismatches(found, reading, MODULAR))
        record.detail(f"methods that are as the talk says, {reading}", agreeing)
    for control, expected in (
        (OPPOSITE, MODULAR | {Kind.N_STEP: True, Kind.SINGLE_STEP: False}),
        (ALL_MODULAR, dict.fromkeys(MODULAR, True)),
        (NONE_MODULAR, dict.fromkeys(MODULAR, False)),
    ):
        record.control(control, judge(found, expected))
    (ppof,) = (row for row in found if row.name == "PPOF, as trained")
    record.figure(
        graph_figure(
            found[ppof]["one step", "route"],
            NORMALISER,
            name="theory.classification",
            title="PPOF as trained, on one step",
            alt="Causal graph of PPOF's credit assignment on one step: the softmax's normaliser leads to the "
            "gradients of both mechanisms",
        )
    )


def tabulate(record: Recorder, found: Found) -> None:
    """Record what breaks each reading, and every answer."""
    record.table(
        "Readings: the methods that are not as the talk says",
        ("sums", "a maximum is", "methods", "which"),
        [
            (
                str(reading.sums),
                SELECTIONS[reading.selection],
                len(broken),
                "; ".join(row.name for row in broken) or "none",
            )
            for reading in READINGS
            for broken in [mismatches(found, reading, MODULAR)]
        ],
    )
    for selection, words in SELECTIONS.items():
        record.table(
            f"Independent gradients, as coded / at most, with a maximum as {words}",
            ("method", "the talk's kind", "the talk", *TRAJECTORIES),
            [
                (
                    row.name,
                    str(row.kind),
                    yes_no(MODULAR[row.kind]) if row.kind in MODULAR else None,
                    *(
                        " / ".join(ANSWERS[is_modular(audits[name, selection], s)] for s in Sums)
                        for name in TRAJECTORIES
                    ),
                )
                for row, audits in found.items()
            ],
        )
