"""The judge of the classification, on tables of answers made by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from claims.theory._classes import MODULAR, TRAJECTORIES, Kind, Row, rows
from claims.theory._readings import READINGS, Sums, dependent_pairs, is_modular
from claims.theory.classification import judge, mismatches
from repro import algorithms
from repro.credit.learning_rules import RULES
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from repro.causal import Verdict as AuditVerdict

AB = frozenset({("A", "B")})


def answer(as_coded: bool, at_most: bool, *limits: str) -> AuditVerdict:
    made = SimpleNamespace(
        joined_as_coded=frozenset() if as_coded else AB,
        joined_at_most=frozenset() if at_most else AB,
        limits=limits,
        approximated=(),
    )
    return cast("AuditVerdict", made)


def table(**answers: tuple[bool, bool]) -> dict[Row, dict[tuple[str, str], AuditVerdict]]:
    """Make rows that are modular as coded and at most, under both selections and on all trajectories."""
    kinds = {"gradient": Kind.POLICY_GRADIENT, "sum": Kind.N_STEP, "error": Kind.SINGLE_STEP}
    return {
        Row(name, kinds[name.partition("_")[0]], cast("object", None), cast("object", None)): {  # type: ignore[arg-type] # not audited here
            (trajectory, selection): answer(*modular)
            for trajectory in TRAJECTORIES
            for selection in ("route", "strict")
        }
        for name, modular in answers.items()
    }


def test_a_reading_must_fit_all_rows() -> None:
    fits_at_most = table(gradient=(False, False), sum=(True, False), error=(True, True))
    assert judge(fits_at_most) == Verdict.REPRODUCED
    broken = {str(r): [row.name for row in mismatches(fits_at_most, r, MODULAR)] for r in READINGS}
    assert broken == {
        "sums as coded, a maximum as selection": ["sum"],
        "sums as coded, a maximum as a hidden variable": ["sum"],
        "sums at most, a maximum as selection": [],
        "sums at most, a maximum as a hidden variable": [],
    }
    # One learner that fits as coded alone, another at most alone: no reading is left.
    neither = fits_at_most | table(error_2=(True, False))
    assert judge(neither) == Verdict.NOT_REPRODUCED


@pytest.mark.parametrize("wrong", ["gradient", "sum", "error"])
def test_each_kind_counts(wrong: str) -> None:
    right = {"gradient": (False, False), "sum": (False, False), "error": (True, True)}
    assert judge(table(**right)) == Verdict.REPRODUCED
    answers = right | {wrong: (not right[wrong][0], not right[wrong][1])}
    assert judge(table(**answers)) == Verdict.NOT_REPRODUCED


def test_what_cannot_be_traced_is_inconclusive() -> None:
    found = table(gradient=(False, False), sum=(False, False), error=(True, True))
    lost = answer(True, True, "a number left torch")
    unclear = {
        row: dict.fromkeys(audits, lost) if row.name == "error" else audits
        for row, audits in found.items()
    }
    assert judge(unclear) == Verdict.INCONCLUSIVE


def test_every_rule_and_every_algorithm_has_a_row() -> None:
    names = {row.name for row in rows()}
    assert {f"{name}, rule" for name in RULES} <= names
    for name in algorithms.algorithm_names():
        assert f"{algorithms.display_name(name)}, as trained" in names


def test_the_two_columns_of_an_audit() -> None:
    audited = answer(True, False)
    assert (dependent_pairs(audited), dependent_pairs(audited, Sums.AS_CODED)) == (AB, frozenset())
    assert (is_modular(audited), is_modular(audited, Sums.AS_CODED)) == (False, True)
    assert is_modular(answer(True, True, "a limit")) is None
