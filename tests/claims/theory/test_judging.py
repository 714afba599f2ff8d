"""From audits to verdicts, on small rules with known answers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from claims.theory._judging import Case, case, format_pairs, judge, judge_cases, tabulate, worst
from repro.causal import Answer, audit
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

AB, AC = ("A", "B"), ("A", "C")
X = {"x": torch.tensor([1.0, 2.0, 3.0])}


def separate(x: Tensor) -> dict[str, Tensor]:
    """Give each mechanism its own number."""
    return {"A": x[0] ** 2, "B": x[1] ** 2, "C": x[2] ** 2}


def sharing(x: Tensor) -> dict[str, Tensor]:
    """Let A and B share an exponential."""
    return {"A": x[0].exp() * x[1], "B": x[0].exp() * x[2], "C": x[2] ** 2}


def adding(x: Tensor) -> dict[str, Tensor]:
    """Let A and B share a sum that does not have to be shared."""
    return {"A": x[0] + x[1] + 2 * x[2], "B": x[0] + x[1] + 3 * x[2], "C": x[2] ** 2}


def branching(x: Tensor) -> dict[str, Tensor]:
    """Share nothing, but read a computed number in Python."""
    return separate(x + float(x.sum() > 0))


def of(rule: Any, expected: object = (), **more: Any) -> Case:  # noqa: ANN401 - as `case` takes
    """Audit a rule and compare."""
    return case("rule", "shape", audit(rule, X), expected, **more)  # type: ignore[arg-type]


def test_a_case_agrees_pair_by_pair() -> None:
    assert of(separate).agrees
    assert of(sharing, {AB}).agrees
    assert not of(sharing).agrees
    assert not of(sharing, {AC}).agrees
    assert not of(sharing, {AB, AC}).agrees
    assert not of(separate, {AB}).agrees


def test_a_case_compares_the_answer() -> None:
    assert of(adding, {AB}, answer=Answer.IMPLEMENTATION_DEPENDENT).agrees
    assert not of(adding, {AB}).agrees
    assert not of(sharing, {AB}, answer=Answer.IMPLEMENTATION_DEPENDENT).agrees


def test_a_case_is_wrong_if_the_caller_says_so_or_a_derived_pair_is_missing() -> None:
    assert of(separate, wrong="a witness").wrong == "a witness"
    assert "not in the audit" in of(separate, {("A", "Z")}).wrong


def test_judging_cases() -> None:
    good, bad, doubtful = of(separate), of(sharing), of(branching)
    assert doubtful.doubtful
    assert judge_cases([good, of(sharing, {AB})]) is Verdict.REPRODUCED
    assert judge_cases([good, bad]) is Verdict.NOT_REPRODUCED
    assert judge_cases([good, doubtful]) is Verdict.INCONCLUSIVE
    assert judge_cases([doubtful, bad]) is Verdict.NOT_REPRODUCED
    assert judge_cases([]) is Verdict.INCONCLUSIVE


def test_an_approximated_operator_makes_a_case_doubtful() -> None:
    found = audit(lambda x: {**separate(x), "A": torch.linalg.matrix_exp(x[:1, None])}, X)
    assert found.approximated
    assert case("", "", found, ()).doubtful


def test_tables_count_cases_and_show_counterexamples() -> None:
    tables: list[tuple[str, list[tuple[object, ...]]]] = []

    def table(title: str, head: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
        assert all(len(row) == len(head) for row in rows)
        tables.append((title, rows))

    tabulate(SimpleNamespace(table=table), [of(separate), of(sharing, {AB}), of(sharing)])  # type: ignore[arg-type]
    assert tables[0][1] == [("rule", 3, 1, 2, 2)]
    assert tables[1][0] == "Counterexamples (1 of 1)"
    assert tables[1][1][0][:4] == ("rule", "shape", "none", "A–B")
    tables.clear()
    tabulate(SimpleNamespace(table=table), [of(separate)])  # type: ignore[arg-type]
    assert len(tables) == 1


def test_pairs_are_formatted() -> None:
    assert format_pairs([AC, AB]) == "A–B, A–C"
    assert format_pairs([]) == "none"


NUMBERS = {"x": torch.tensor([0.5, 0.7]), "y": torch.tensor([0.2, 0.3])}


def clear(x: torch.Tensor, y: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"A": x * x, "B": y * y}


def limited(x: torch.Tensor, y: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"A": x * float(y.sum()), "B": y * y}


def approximated(x: torch.Tensor, y: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"A": torch.linalg.det(torch.outer(x, x) + 1), "B": y * y}


@pytest.mark.parametrize(
    ("rule", "holds", "expected"),
    [
        (clear, True, Verdict.REPRODUCED),
        (clear, False, Verdict.NOT_REPRODUCED),
        (limited, True, Verdict.INCONCLUSIVE),
        (limited, False, Verdict.INCONCLUSIVE),
        (approximated, True, Verdict.INCONCLUSIVE),
    ],
)
def test_judging_one_condition(
    rule: Callable[..., dict[str, torch.Tensor]], holds: bool, expected: Verdict
) -> None:
    sure = audit(clear, NUMBERS)
    assert judge(holds, [sure, audit(rule, NUMBERS)]) is expected


def test_a_condition_without_audits() -> None:
    assert judge(True) is Verdict.REPRODUCED
    assert judge(False) is Verdict.NOT_REPRODUCED


def test_the_worst_of_several_verdicts() -> None:
    one, two, three = Verdict.REPRODUCED, Verdict.INCONCLUSIVE, Verdict.NOT_REPRODUCED
    assert worst([one, three, two]) is three
    assert worst(iter([one, two])) is two
    assert worst([one]) is one
