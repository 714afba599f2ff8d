"""Three ways to connect three decisions, and nine ways to change some of them.

What is enumerated must be derived, because the talk defines neither a topology nor an isolated change.

A topology. A decision is an action in a state. It leads to another decision if some task's optimal
sequence has the two directly after one another. The talk compares its triplets of decisions with those of
d-separation (talk:273). There, a triplet is three nodes that two edges join: a chain, a common ancestor, or a
common descendant. A third edge makes a triangle (A → B → C and A → C). It is no triplet of d-separation,
which looks at one path at a time; but it is a graph of three decisions, and tasks can have it: one task needs
A, B and C, and another skips B. With fewer than two edges, a decision has nothing to do with another.

The tasks of a topology. A sequence runs from a decision that follows none to a decision that none follows.
So the chain is one task of three decisions (talk:268), and the other two are two tasks of two (talk:270). The
chain could also be split into two tasks of two decisions, A → B and B → C; the talk's is not.

An isolated change. The talk changes the optimal sequences, each of them in isolation, and has three changes
for each topology (talk:275-276). If one decision could change, the common ancestor would have two: the
ancestor, or a descendant. If any but all could, the chain would have six. One condition gives the talk's
number everywhere: each optimal sequence changes in at most one decision. Then both descendants may change,
as they are in different sequences, but no two decisions of the chain. A change at one time-step is the same
thing in these three graphs. The topology stays: a decision that two tasks share changes in both.

So the claim is judged by two edges and one change in each sequence. The tables show what other readings would
add. Everything about the talk's tasks is read from their optimal paths.
"""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from claims.theory import _decision_graphs as graphs
from claims.theory._decision_graphs import Setting, letter
from claims.theory._judging import yes_no
from claims.theory._topology_readings import (
    ANY,
    CHANGES,
    DIVIDED,
    ISOLATED,
    READINGS,
    SIZE,
    TRIPLETS,
    Catalogue,
    Transfer,
    candidates,
    catalogue,
    compared,
    found_settings,
    judge_catalogue,
    optimal_sequences,
)
from repro import tasks
from repro.figures import DecisionCell, DecisionGraph, decision_graphs
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repro.figures import Picture
    from repro.plugin.recorder import Recorder

REMOVED = "each transfer removed in turn"
TWICE = "each topology in place of each other one"
TOGETHER = "a change of two decisions of the chain, added"
OTHER_TRAINING = "the transfers of each topology, compared with the training of another"
WIDER = "all connected graphs"
NARROWER = "changes of one decision only"


def best(verdicts: Iterable[Verdict]) -> Verdict:
    """Return "reproduced" if a control of several cases is reproduced in any of them."""
    return Verdict.REPRODUCED if Verdict.REPRODUCED in verdicts else Verdict.NOT_REPRODUCED


def replaced(of: Catalogue, one: str, other: str) -> Catalogue:
    """Return the catalogue with a topology and its transfers replaced by a copy of another's."""
    structures = dict(of.topologies)
    copies = [t for t in of.transfers if t.name.startswith(f"{other}.")]
    return Catalogue(
        tuple((structures | {one: structures[other]}).items()),
        (*(t for t in of.transfers if not t.name.startswith(f"{one}.")), *copies),
    )


def tabulate(record: Recorder, of: Catalogue) -> None:
    """Record the talk's transfers, all graphs, and the result under every reading."""
    record.table(
        "The talk's transfers, as read from optimal paths",
        ("transfer", "changes", "in training", "in transfer", "actions not needed in training"),
        [transfer_row(one) for one in of.transfers],
    )
    trained = {structure: words(name) for name, structure in of.topologies}
    record.table(
        "Acyclic graphs of three decisions, up to renaming",
        (
            "optimal sequences",
            "edges",
            "connected",
            "in the talk",
            "isolated changes",
            "in the talk",
        ),
        [
            (
                str(one),
                len(one.edges),
                yes_no(one.connected),
                trained.get(one, "no"),
                len(isolated := graphs.settings([one], CHANGES[ISOLATED])),
                sum(setting in found_settings(of) for setting in isolated),
            )
            for one in in_order(of)
        ],
    )
    readings = (*READINGS, DIVIDED)
    record.table(
        "How many transfers there are under each reading (those of the talk among them)",
        ("topologies: graphs that are", "number", *(f"change: {one}" for one in CHANGES)),
        [
            (reading, len(candidates(reading)), *(count(of, reading, one) for one in CHANGES))
            for reading in readings
        ],
    )
    pairs = [(one, ISOLATED) for one in readings] + [(TRIPLETS, one) for one in CHANGES]
    record.table(
        "What other readings add, and what they do not count",
        ("topologies: graphs that are", "change", "not in the talk", "only in the talk"),
        [
            (*pair, *("; ".join(map(str, part)) or "none" for part in compared(of, *pair)))
            for pair in dict.fromkeys(pairs)
        ],
    )
    agree = [judge_catalogue(of, graph, change) for graph in readings for change in CHANGES]
    record.detail("readings of topology and change", len(agree))
    record.detail(
        "of these, readings under which the talk's are all", agree.count(Verdict.REPRODUCED)
    )


def transfer_row(of: Transfer) -> tuple[object, ...]:
    """Return a transfer's table row."""
    topology = of.name.partition(".")[0]
    if of.match is None:
        return (words(of.name), "the topology", "", "", "")
    training = optimal_sequences(tasks.problem(f"{topology}.training").tasks)
    needed = {action for s in training for _, action in s}
    before, after = zip(*of.match.replaced, strict=True)
    return (
        words(of.name),
        str(of.match.setting),
        ", ".join(f"{action} in {state}" for state, action in before),
        ", ".join(f"{action} in {state}" for state, action in after),
        f"{sum(action not in needed for _, action in after)} of {len(after)}",
    )


def count(of: Catalogue, graph: str, change: str) -> str:
    """Format how many transfers there are under two readings, and how many of them are the talk's."""
    expected = graphs.settings(candidates(graph), CHANGES[change])
    return f"{len(expected)} ({sum(one in found_settings(of) for one in expected)})"


def in_order(of: Catalogue) -> list[graphs.Structure]:
    """List all structures, those of the catalogue first, and those with more edges first."""
    trained = {structure for _, structure in of.topologies}
    return sorted(
        graphs.structures(SIZE), key=lambda one: (one not in trained, -len(one.edges), one)
    )


def words(name: str) -> str:
    """Format "linear_chain.last" as "linear chain, last"."""
    return name.replace(".", ", ").replace("_", " ")


def drawn(of: Catalogue) -> Picture:
    """Draw every graph of three decisions with every change, the talk's in full."""
    found = found_settings(of)
    trained = {structure: words(name) for name, structure in of.topologies}
    rows = []
    for one in in_order(of):
        cells = [DecisionCell((), "training" if one in trained else "", shown=one in trained)]
        cells += [
            DecisionCell(
                tuple(map(letter, setting.change)),
                found.get(setting, "").replace("_", " "),
                shown=setting in found,
            )
            for setting in graphs.settings([one], CHANGES[ANY])
        ]
        title = f"{trained.get(one, 'not in the talk')}: {one}"
        edges = tuple((letter(before), letter(after)) for before, after in sorted(one.edges))
        decisions = tuple(map(letter, range(one.size)))
        rows.append(DecisionGraph(title[0].upper() + title[1:], decisions, edges, tuple(cells)))
    return decision_graphs(
        "theory.topologies",
        rows,
        title="Three decisions: every acyclic graph, and every change",
        grey="not in the talk",
    )


@pytest.mark.claim(
    id="theory.topologies",
    title="Three topologies and nine transfers are all",
    statement="Three decisions can be connected in just three ways, and each of these has just three isolated "
    "changes: the tasks of the talk are all of them.",
    source=[f"talk:{line}" for line in (268, 270, 273, 275, 276)],
    kind="theory",
    expected="of the acyclic graphs of three decisions that two edges join, and of the changes of at most one "
    "decision in each optimal sequence, up to the names of decisions: each is one of the talk's training "
    "problems or transfers, read from optimal paths, exactly once; and there is nothing else in the talk's",
    controls=dict.fromkeys(
        (REMOVED, TWICE, TOGETHER, OTHER_TRAINING, WIDER, NARROWER), "not reproduced"
    ),
    differences="The talk defines neither a topology nor an isolated change. What is judged is the reading that "
    "its own comparison with the triplets of d-separation suggests, and that has its own number of three "
    "changes for each topology. Under a wider reading its set is not all; the tables show what is missing. All "
    "connected graphs include a triangle, where one task skips a decision of another. The chain could be two "
    "tasks of two decisions. Two decisions of one sequence could change together. A decision that two tasks "
    "share changes in both, or the topology would not stay. Changes are counted by which "
    "decisions change, not by what they become: in the talk's tasks each becomes an action that training never "
    "needs, and all but one are made in another state than before.",
)
def test_topologies(record: Recorder) -> None:
    of = catalogue()
    every = graphs.settings(graphs.structures(SIZE), CHANGES[ANY])
    record.outcome(judge_catalogue(of), None, checked=len(every))
    tabulate(record, of)
    names = [name for name, _ in of.topologies]
    record.control(
        REMOVED,
        best(
            judge_catalogue(of._replace(transfers=tuple(t for t in of.transfers if t != one)))
            for one in of.transfers
        ),
    )
    record.control(
        TWICE, best(judge_catalogue(replaced(of, *pair)) for pair in permutations(names, 2))
    )
    chain = max(of.topologies, key=lambda one: len(one[1].sequences[0]))[1]
    together = Transfer("", graphs.Match(Setting(chain, (0, 1)), ()))
    record.control(TOGETHER, judge_catalogue(of._replace(transfers=(*of.transfers, together))))
    turned = [names[k:] + names[:k] for k in range(1, len(names))]
    record.control(OTHER_TRAINING, best(judge_catalogue(catalogue(one)) for one in turned))
    record.control(WIDER, judge_catalogue(of, graph="connected"))
    record.control(NARROWER, judge_catalogue(of, change="one decision"))
    record.figure(drawn(of))
