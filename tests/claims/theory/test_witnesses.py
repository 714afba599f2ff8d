"""Checks of witnesses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from claims.theory._shapes import Shape
from claims.theory._witnesses import is_price_between, misplaced_normaliser, missing_witness
from repro.causal import Witness

AB, AC = ("A", "B"), ("A", "C")


def witness(name: str, expression: str, pair: tuple[str, str] = AB) -> Witness:
    """Make a witness."""
    return Witness(pair, name, expression, ((), ()))


def verdict(*witnesses: Witness, joined: object = ()) -> Any:  # noqa: ANN401 - replaces a verdict
    """Make the part of a verdict that the checks use."""
    return SimpleNamespace(witnesses=witnesses, joined_at_most=frozenset(joined))  # type: ignore[call-overload]


def test_pairs_without_a_witness_of_the_name_are_reported() -> None:
    found = verdict(witness("sum", "", AB), witness("mean", "", AC), joined={AB, AC})
    assert missing_witness(found, "sum") == "no sum among the witnesses of A–C"
    assert missing_witness(verdict(witness("sum", "", AB), joined={AB}), "sum") == ""


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
def test_a_normaliser_must_belong_to_one_visited_state(expression: str, good: bool) -> None:
    found = verdict(witness("log-sum-exp", expression), witness("sum", "bids[7, 7]"))
    assert (misplaced_normaliser(found, Shape((0, 1), (0, 1))) == "") == good


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
def test_a_price_is_paid_and_received_by_consecutive_winners(
    expression: str, pair: tuple[str, str], good: bool
) -> None:
    assert (
        is_price_between(witness("order statistic", expression, pair), Shape((0, 1), (0, 1)))
        == good
    )
