"""d-separated gradients test independent at the level of the test, and connected ones test dependent.

`theory.criterion` compares d-separation with other properties of graphs and with interventions. Here
independence itself is measured. Hold the inputs of credit assignment, draw the program of every other node at
random, run the graph, and test two gradients for dependence. What a graph says must then show in samples that
know nothing of graphs.

*Programs.* Each node is v = op_v(parents, n_v) with an independent, unobserved program n_v (talk:94-110). In
one repetition the functions op_v are drawn and fixed: random smooth functions plus noise n_v, or random
smooth functions with n_v among their arguments, so that n_v selects one of a family of programs. A sample of
N draws has N new programs for every node (see `claims.theory._random_programs`).

*A given node with hidden parents* cannot be held fixed. There the programs are linear with Gaussian noise,
for which the distribution given these nodes is known, and draws come from it exactly. In h1 → x ← h2, h1 → δ1,
h2 → δ2 with x given, the gradients have no common ancestor and are dependent. Only d-separation says so. (The
family has all such graphs of four nodes; this one has five, and its row was added after the first run.)

*Tests.* Permutation tests of distance correlation, which is 0 for independent gradients only. The share of
separated pairs with p ≤ α must then be α, whatever the programs are. Pairs of one graph are one family for
Holm's correction, because a rule is modular if all its pairs are independent; a connected pair counts as found
if it is significant after it. Sizes of samples and programs, and the bounds of the verdict, were chosen with
other random numbers than those of the claim. Rows of single rules have few tests and are not judged: among
twenty, one can exceed the level by chance, as CVS's with all sums shared does. On its graph, a test of this
project finds the level with many more draws of programs.

*Faithfulness.* Independence implies d-separation only if programs are faithful. Two kinds of programs that are
not are shown, outside the verdict: two paths that cancel, and random phases that hide what a value says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.theory._dependence_tests import ALPHA, LEAST, MOST, Family, family, judge
from claims.theory._program_graphs import NORMALISED, separated_without_an_edge
from claims.theory._program_runs import (
    AT_MOST,
    CANCEL,
    CODED,
    COMMON,
    EFFECT,
    GIVEN,
    LARGE,
    PHASE,
    SMALL,
    SMOOTH,
    all_runs,
    select,
    through_an_effect,
)
from repro.figures import SharePanel, shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claims.theory._program_runs import Run
    from repro.plugin.recorder import Recorder
    from repro.verdicts import Estimate

SEED = 0
EDGE = "graphs that lack one edge of the graph that ran"
NORMALISER = "gradients with a common normaliser, judged as separated"
CONNECTED = "separated gradients of rules, judged as connected"
ANCESTRY = "given nodes with hidden parents, judged by common ancestors"
UNFAITHFUL = "two paths that cancel, judged like other programs"


def percent(share: float) -> str:
    """Format 0.05 as "5 %"."""
    return f"{100 * share:g} %"


@pytest.mark.claim(
    id="theory.independence",
    title="Independence measured with random programs",
    statement="Given the inputs of credit assignment, gradients that these d-separate are statistically "
    "independent, and other gradients are dependent.",
    source=[f"talk:{line}" for line in (170, 171, 173, 176, 182)],
    kind="theory",
    expected=f"with random programs, d-separated gradients test dependent at the level of {percent(ALPHA)} (in each "
    f"family of graphs the 95 % interval of the share lies below {percent(MOST)}; significantly more than the level "
    f"in any is a failure), and gradients that are not separated test dependent in most cases (the 95 % interval "
    f"of the share lies above {percent(LEAST)})",
    controls=dict.fromkeys((EDGE, NORMALISER, CONNECTED, ANCESTRY, UNFAITHFUL), "not reproduced"),
    differences="The talk's independence is algorithmic; here it is statistical, over random programs and in "
    "finite samples, so that a weak dependence can be missed. The talk's programs are fixed; ours are drawn at "
    "random around one random function for each node: smooth networks with additive noise or with the program as "
    "an argument, and linear programs where given nodes have hidden parents. Inputs are conditioned on by holding "
    "them fixed. A gradient is a vector of eight numbers. Graphs of rules are those of one acyclic episode, on "
    "which other programs run than the rules' own. Programs that are not faithful are shown and not judged.",
)
def test_independence(record: Recorder) -> None:
    runs = all_runs(SEED)
    given = select(runs, GIVEN)
    judged = [
        *(family(label, select(runs, label)) for label in (SMALL, LARGE, CODED, AT_MOST)),
        family(GIVEN, (one for one in given if not through_an_effect(one.question))),
        family(EFFECT, (one for one in given if through_an_effect(one.question))),
    ]
    shown = [family(label, select(runs, label), judged=False) for label in (COMMON, CANCEL, PHASE)]
    checked = sum(len(one.separated) + len(one.connected) for one in judged)
    record.outcome(judge(judged), None, checked=checked)
    tabulate(record, [*judged, *shown], runs)
    cut = [one for one in select(runs, SMALL) if separated_without_an_edge(one.question)]
    separated = [one for one in select(runs, CODED) if one.question.separated]
    normalised = [one for name in NORMALISED for one in select(runs, CODED, graph=name)]
    for control, wrong in (
        (EDGE, family(EDGE, cut, lambda _: True)),
        (NORMALISER, family(NORMALISER, normalised, lambda _: True)),
        (CONNECTED, family(CONNECTED, separated, lambda _: False)),
        (ANCESTRY, family(ANCESTRY, given, lambda q: q.no_common_hidden_ancestor)),
        (UNFAITHFUL, family(UNFAITHFUL, select(runs, CANCEL))),
    ):
        record.control(control, judge([*judged, wrong]))


def tabulate(record: Recorder, families: Sequence[Family], runs: Sequence[Run]) -> None:
    """Record the shares by family, by kind of programs and by rule, and a figure of the first."""
    head = ("tests", "separated", "of these p ≤ 5 %", "connected", "of these found dependent")
    record.table(
        "Pairs of gradients that test dependent, by family",
        ("graphs", *head, "judged"),
        [(one.label, *cells(one), "yes" if one.judged else "no") for one in families],
    )
    kinds = {(one.programs, one.family) for one in runs if one.programs in SMOOTH}
    record.table(
        "The same by kind of programs",
        ("programs", "graphs", *head),
        [
            (kind, label, *cells(family(label, select(runs, label, programs=kind))))
            for kind, label in sorted(kinds)
        ],
    )
    record.table(
        "The same by rule, with few tests in each row",
        ("rule", "sums", *head),
        [
            (name, sums, *cells(family(name, select(runs, label, graph=name))))
            for name in dict.fromkeys(one.graph for one in runs if one.family == CODED)
            for label, sums in ((CODED, "as coded"), (AT_MOST, "at most"))
        ],
    )
    level = f"level of the test, {percent(ALPHA)}"
    record.figure(
        shares(
            "theory.independence",
            [one.label for one in families],
            [
                SharePanel("d-separated", tuple(one.level for one in families), ALPHA, level),
                SharePanel(
                    "connected",
                    tuple(one.power for one in families),
                    LEAST,
                    f"bound, {percent(LEAST)}",
                ),
            ],
            title="Pairs of gradients that test dependent",
            judged=sum(one.judged for one in families),
        )
    )


def cells(counted: Family) -> tuple[object, ...]:
    """Return a table's cells: numbers of tests, and shares with their intervals."""
    separated, connected = len(counted.separated), len(counted.connected)
    return (
        separated + connected,
        separated,
        _share(counted.level),
        connected,
        _share(counted.power),
    )


def _share(share: Estimate | None) -> str | None:
    """Format a share in per cent, with its interval."""
    if share is None:
        return None
    value, low, high = (f"{100 * x:.1f}" for x in (share.value, share.low, share.high))
    return f"{value} % [{low}, {high}]"
