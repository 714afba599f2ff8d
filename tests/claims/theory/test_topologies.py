"""The claim on topologies: verdict, controls, tables and figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.theory import topologies
from claims.theory._topology_readings import Transfer, catalogue, judge_catalogue
from repro.plugin.declaration import declare
from repro.plugin.recorder import Recorder
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from repro.verdicts import ClaimResult, Table


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    (marker,) = topologies.test_topologies.pytestmark  # type: ignore[attr-defined] # pytest sets it
    record = Recorder(declare("here", marker.kwargs))
    topologies.test_topologies(record)
    return record


@pytest.fixture(scope="module")
def result(recorder: Recorder) -> ClaimResult:
    return recorder.result(0.0)


def table(result: ClaimResult, start: str) -> Table:
    (found,) = [one for one in result.tables if one.title.startswith(start)]
    return found


def test_the_verdict_and_the_controls(result: ClaimResult) -> None:
    assert result.verdict is Verdict.REPRODUCED
    assert result.checked == 34  # every change of every graph: 7 + 5 + 5 + 7 + 7 + 3
    assert {control.verdict for control in result.controls} == {Verdict.NOT_REPRODUCED}
    assert len(result.controls) == 6


def test_the_tables(result: ClaimResult) -> None:
    read = {row[0]: row[1:] for row in table(result, "The talk's transfers").rows}
    assert len(read) == 9
    assert read["common descendant, one ancestor"] == (
        "A of A→C, B→C",
        "B in (0, 1)",
        "D in (1, 3)",
        "1 of 1",
    )
    # Each changed decision becomes an action that training does not need.
    assert sorted(str(row[-1]) for row in read.values()) == ["1 of 1"] * 7 + ["2 of 2"] * 2
    every = table(result, "Acyclic graphs").rows
    assert [(row[0], row[3]) for row in every] == [
        ("A→B, A→C", "common ancestor"),
        ("A→B→C", "linear chain"),
        ("A→C, B→C", "common descendant"),
        ("A→B→C, A→C", "no"),
        ("A, B→C", "no"),
        ("A, B, C", "no"),
    ]
    counts = {row[0]: row[1:] for row in table(result, "How many").rows}
    assert counts["connected"][:2] == (4, "12 (9)")
    assert counts["joined by two edges"][3] == "7 (7)"
    details = {one.label: one.value for one in result.details}
    assert details["of these, readings under which the talk's are all"] == 2


def test_the_figure_shows_what_the_talk_has(recorder: Recorder) -> None:
    (picture,) = recorder.pictures
    assert "Linear chain: A→B→C: first (A), middle (B), last (C); 4 grey." in picture.alt
    assert "Not in the talk: A→B→C, A→C: no change in full; 8 grey." in picture.alt


def test_a_control_of_several_cases_fails_if_one_is_reproduced() -> None:
    yes, no = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED
    assert topologies.best(iter([no, yes, no])) is yes
    assert topologies.best([no, no]) is no


def test_a_topology_in_place_of_another() -> None:
    of = topologies.replaced(catalogue(), "linear_chain", "common_ancestor")
    assert [str(one) for _, one in of.topologies].count("A→B, A→C") == 2
    assert len(of.transfers) == 9
    assert not any(t.name.startswith("linear_chain") for t in of.transfers)


def test_a_transfer_to_another_topology_has_no_change() -> None:
    assert topologies.transfer_row(Transfer("linear_chain.x", None))[1] == "the topology"
    of = catalogue()
    assert judge_catalogue(of._replace(transfers=(*of.transfers, Transfer("", None)))) is (
        Verdict.NOT_REPRODUCED
    )
