"""Cases, judged on small rules whose answers are plain."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from claims.theory._cases import (
    Case,
    case,
    in_order_of_letters,
    judge,
    tabulate,
    up_to_names,
    written,
)
from claims.theory._rules import sequential_rule, trainer_inputs, trainer_rule, with_rate
from claims.theory._shapes import Shape, all_shapes, mechanism
from claims.theory._walks import NAMES, TABLES, Walk, greedy_walks, traced
from claims.theory._witnesses import lacking, misplaced, passes
from repro.causal import Answer, audit
from repro.causal.auditing.verdict import Witness
from repro.credit.rules import RULES
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from torch import Tensor

AB, AC = ("A", "B"), ("A", "C")
X = {"x": torch.tensor([1.0, 2.0, 3.0])}


def apart(x: Tensor) -> dict[str, Tensor]:
    """Give each mechanism a number of its own."""
    return {"A": x[0] ** 2, "B": x[1] ** 2, "C": x[2] ** 2}


def tied(x: Tensor) -> dict[str, Tensor]:
    """Tie A and B by an exponential."""
    return {"A": x[0].exp() * x[1], "B": x[0].exp() * x[2], "C": x[2] ** 2}


def summing(x: Tensor) -> dict[str, Tensor]:
    """Let A and B share a sum that need not be shared."""
    return {"A": x[0] + x[1] + 2 * x[2], "B": x[0] + x[1] + 3 * x[2], "C": x[2] ** 2}


def peeking(x: Tensor) -> dict[str, Tensor]:
    """Tie nobody, but look at a computed number."""
    return apart(x + float(x.sum() > 0))


def of(rule: Any, expected: object = (), **more: Any) -> Case:  # noqa: ANN401 - as `case` takes
    """Audit and compare."""
    return case("rule", "shape", audit(rule, X), expected, **more)  # type: ignore[arg-type]


def test_a_case_agrees_pair_by_pair() -> None:
    assert of(apart).agrees
    assert of(tied, {AB}).agrees
    assert not of(tied).agrees
    assert not of(tied, {AC}).agrees
    assert not of(tied, {AB, AC}).agrees
    assert not of(apart, {AB}).agrees


def test_a_case_asks_for_the_answer() -> None:
    assert of(summing, {AB}, answer=Answer.IMPLEMENTATION_DEPENDENT).agrees
    assert not of(summing, {AB}).agrees
    assert not of(tied, {AB}, answer=Answer.IMPLEMENTATION_DEPENDENT).agrees


def test_a_case_is_wrong_if_told_so_or_if_pairs_are_missing() -> None:
    assert of(apart, wrong="a witness").wrong == "a witness"
    assert "not there" in of(apart, {("A", "Z")}).wrong


def test_verdicts_of_cases() -> None:
    good, bad, doubtful = of(apart), of(tied), of(peeking)
    assert doubtful.doubtful
    assert judge([good, of(tied, {AB})]) is Verdict.REPRODUCED
    assert judge([good, bad]) is Verdict.NOT_REPRODUCED
    assert judge([good, doubtful]) is Verdict.INCONCLUSIVE
    assert judge([doubtful, bad]) is Verdict.NOT_REPRODUCED
    assert judge([]) is Verdict.INCONCLUSIVE


def test_an_approximated_operator_is_in_doubt() -> None:
    found = audit(lambda x: {**apart(x), "A": torch.linalg.matrix_exp(x[:1, None])}, X)
    assert found.approximated
    assert case("", "", found, ()).doubtful


def test_tables_count_and_show_what_went_wrong() -> None:
    tables: list[tuple[str, list[tuple[object, ...]]]] = []

    def table(title: str, head: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
        assert all(len(row) == len(head) for row in rows)
        tables.append((title, rows))

    tabulate(SimpleNamespace(table=table), [of(apart), of(tied, {AB}), of(tied)])  # type: ignore[arg-type]
    assert tables[0][1] == [("rule", 3, 1, 2, 2)]
    assert tables[1][0] == "Counterexamples (1 of 1)"
    assert tables[1][1][0][:4] == ("rule", "shape", "none", "A–B")
    tables.clear()
    tabulate(SimpleNamespace(table=table), [of(apart)])  # type: ignore[arg-type]
    assert len(tables) == 1


def test_pairs_are_written() -> None:
    assert written([AC, AB]) == "A–B, A–C"
    assert written([]) == "none"


def test_one_shape_stands_for_all_that_differ_in_names() -> None:
    # Ways to name the actors of 1, 2 and 3 steps, times ways in which states coincide.
    assert len(up_to_names(all_shapes())) == 1 * 1 + 2 * 2 + 5 * 5
    assert in_order_of_letters((0, 1, 0, 2))
    assert not in_order_of_letters((0, 2))
    assert not in_order_of_letters((1,))


@pytest.mark.parametrize("names", [(1, 2, 0), (2, 1, 0)])
@pytest.mark.parametrize("rule", ["cvs", "ppof", *NAMES])
def test_verdicts_do_not_depend_on_names(rule: str, names: tuple[int, ...]) -> None:
    walk = Walk(Shape((0, 1, 0), (0, 1, 0)), ((0, 0), (1, 1)))
    actions = tuple(names[k] for k in walk.shape.actions)
    renamed = Walk(Shape(walk.shape.states, actions), tuple((s, names[k]) for s, k in walk.greedy))
    if rule in NAMES:
        first, second = (traced(rule, TABLES, one) for one in (walk, renamed))
    else:
        first, second = (
            audit(trainer_rule(rule), trainer_inputs(rule, one.shape), selection="strict")
            for one in (walk, renamed)
        )

    def rename(name: str) -> str:
        return mechanism(names[ord(name) - ord("A")])

    moved = {tuple(sorted(map(rename, pair))): answer for pair, answer in first.pairs.items()}
    assert moved == dict(second.pairs)
    assert {rename(name) for name in first.zero} == set(second.zero)
    assert any(answer != Answer.MODULAR for answer in moved.values())


def test_greedy_walks_say_who_is_greedy_at_each_state_reached() -> None:
    walks = greedy_walks([Shape((0, 0), (0, 1))])
    assert [walk.greedy for walk in walks] == [((0, 0),), ((0, 1),), ((0, 2),)]
    assert [walk.greedy for walk in greedy_walks([Shape((0,), (0,))])] == [()]
    assert [walk.greedy[0][1] for walk in greedy_walks([Shape((0, 1), (0, 0))])] == [0, 1]
    assert str(walks[1]) == "s0 A, s0 B (greedy: B at s0)"


@pytest.mark.parametrize("network", [False, True])
def test_the_greedy_mechanism_stays_greedy_in_order(network: bool) -> None:
    for walk in greedy_walks([Shape((0, 1, 0), (0, 1, 0))]):
        given = with_rate(walk.inputs())
        gradients = sequential_rule(RULES["q_learning"], network=network)(**given)
        step = given["rate"] * torch.stack(list(gradients.values()), -1).abs().sum(0)
        for state, k in walk.greedy:
            others = given["bids"][state].clone()
            others[k] = -torch.inf
            assert given["bids"][state, k] - others.max() > 2 * step.max()


def witness(name: str, expression: str, pair: tuple[str, str] = AB) -> Witness:
    """Make a witness."""
    return Witness(pair, name, expression, ((), ()))


def verdict(*witnesses: Witness, joined: object = ()) -> Any:  # noqa: ANN401 - stands for a verdict
    """Make what the checks of witnesses look at."""
    return SimpleNamespace(witnesses=witnesses, joined_at_most=frozenset(joined))  # type: ignore[call-overload]


def test_lacking_names_pairs_without_a_witness_of_a_kind() -> None:
    found = verdict(witness("sum", "", AB), witness("mean", "", AC), joined={AB, AC})
    assert lacking(found, "sum") == "no sum among the witnesses of A–C"
    assert lacking(verdict(witness("sum", "", AB), joined={AB}), "sum") == ""


@pytest.mark.parametrize(
    ("expression", "good"),
    [
        ("log(exp(bids[1, 0]) + exp(bids[1, 1]))", True),
        ("log(exp(bids[2, 0]) + exp(bids[2, 1]))", False),
        ("log(exp(bids[0, 0]) + exp(bids[1, 1]))", False),
        ("log(exp(policy[0, 0, 1, 0]) + exp(policy[0, 0, 1, 2]))", True),
        ("log(exp(policy[0, 0, 1, 0]) + exp(policy[0, 2, 1, 0]))", True),
        ("log(exp(policy[0, 0, 2, 0]) + exp(policy[0, 1, 2, 0]))", False),
        ("log(…)", False),
    ],
)
def test_a_normaliser_is_of_one_visited_state(expression: str, good: bool) -> None:
    found = verdict(witness("log-sum-exp", expression), witness("sum", "bids[7, 7]"))
    assert (misplaced(found, Shape((0, 1), (0, 1))) == "") == good


@pytest.mark.parametrize(
    ("expression", "pair", "good"),
    [
        ("max(bids[0, 1, 0], bids[0, 1, 1], bids[0, 1, 3])", AB, True),
        ("max(bids[0, 1, 0], bids[0, 1, 2], bids[0, 1, 3])", AB, False),
        ("max(bids[0, 0, 1], bids[0, 0, 2], bids[0, 0, 3])", AB, False),
        ("max(bids[0, 2, 0], bids[0, 2, 1], bids[0, 2, 3])", AB, False),
        ("max(bids[0, 1, 0], bids[0, 1, 1], bids[0, 1, 3])", AC, False),
        ("max(bids[0, 0, 1], bids[0, 1, 3])", AB, False),
    ],
)
def test_a_price_passes_between_consecutive_winners(
    expression: str, pair: tuple[str, str], good: bool
) -> None:
    assert passes(witness("order statistic", expression, pair), Shape((0, 1), (0, 1))) == good
