"""Gradients that changed, compared with those that the graph allows to change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from claims.theory.criterion import Check
from repro.causal import Intervention, audit
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repro.causal.auditing.findings import Pair

NUMBERS = {"x": torch.tensor([0.5, 0.7]), "y": torch.tensor([0.2, 0.3])}
AUDITED = audit(lambda x, y: {"A": x * x, "B": y * y, "C": x * y}, NUMBERS)
ALL = ("A", "B", "C")
AB, AC, BC = ("A", "B"), ("A", "C"), ("B", "C")


def check(*made: Intervention, joined: Iterable[Pair] = (), clipped: bool = False) -> Check:
    audited = replace(AUDITED, interventions=made, joined_as_coded=frozenset(joined))
    return Check("rule", audited, clipped=clipped)


def test_code_that_agrees_with_its_graph() -> None:
    alone = Intervention("h", ("A",), ("A",))
    shared = Intervention("s", ("A", "B"), ("A", "B"))
    assert check(alone).judge() is Verdict.REPRODUCED
    assert check(alone, shared, joined=[AB]).judge() is Verdict.REPRODUCED
    assert check(Intervention("s", ALL, ALL), joined=[AB]).changed == {AB, AC, BC}


def test_code_that_contradicts_its_graph() -> None:
    shared = Intervention("s", ("A", "B"), ("A", "B"))
    too_many = Intervention("h", ("A",), ("A", "C"))
    for wrong in (
        check(shared),
        check(shared, joined=[AC]),
        check(shared, joined=[AB, AC]),
        check(Intervention("h", ("A",), ("A",)), joined=[AB]),
        check(shared, too_many, joined=[AB, AC]),
        check(),
    ):
        assert wrong.judge() is Verdict.NOT_REPRODUCED


def test_gradients_that_do_not_change() -> None:
    silent, shared = Intervention("c", ALL, ()), Intervention("s", ALL, ALL)
    pairs = (AB, AC, BC)
    assert check(silent, shared, joined=pairs).judge() is Verdict.NOT_REPRODUCED
    assert check(silent, shared, joined=pairs, clipped=True).judge() is Verdict.REPRODUCED
    # A pair must be joined by a variable that changes both gradients, with or without a clip.
    part = Intervention("s", ALL, ("A", "B"))
    assert check(part, joined=pairs, clipped=True).judge() is Verdict.NOT_REPRODUCED


def test_a_contradiction_counts_despite_limits() -> None:
    limited = replace(AUDITED, limits=("something was not traced",), joined_as_coded=frozenset())
    agrees, contradicts = (Intervention("h", ("A",), moved) for moved in (("A",), ("A", "B")))
    agreed, contradicted = (
        Check("rule", replace(limited, interventions=(one,))) for one in (agrees, contradicts)
    )
    assert agreed.judge() is Verdict.INCONCLUSIVE
    assert contradicted.judge() is Verdict.NOT_REPRODUCED
