"""Verdicts are immutable, and interventions compare predicted with observed changes."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING

import pytest
import torch

from repro.causal import audit
from repro.causal.auditing.verdict import Intervention

if TYPE_CHECKING:
    from torch import Tensor

BIDS = torch.tensor([0.3, -0.5, 1.1], dtype=torch.float64)


@pytest.mark.parametrize(
    ("predicted", "moved", "silent", "violates"),
    [
        ("ab", "ab", False, False),
        ("ab", "a", True, False),
        ("ab", "", True, False),
        ("", "", False, False),
        ("a", "b", False, True),
        ("a", "ab", False, True),
    ],
)
def test_predicted_and_observed_changes(
    predicted: str, moved: str, *, silent: bool, violates: bool
) -> None:
    found = Intervention("log(bids[0])", tuple(predicted), tuple(moved))
    assert (found.silent, found.violates) == (silent, violates)


def test_results_are_immutable() -> None:
    verdict = audit(
        lambda bids: {n: bids[k] * bids.logsumexp(0) for k, n in enumerate("ab")},
        {"bids": BIDS},
        verify=True,
    )
    for found, field in (
        (verdict, "answer"),
        (verdict.witnesses[0], "expression"),
        (verdict.interventions[0], "moved"),
    ):
        with pytest.raises(FrozenInstanceError):
            setattr(found, field, getattr(found, field))


def test_a_notebook_shows_what_pairs_share_and_what_gradients_read() -> None:
    def rule(bids: Tensor, reward: Tensor) -> dict[str, Tensor]:
        return {"<a>": bids[0] * bids.logsumexp(0), "b": bids[1] * bids.logsumexp(0), "c": reward}

    page = audit(rule, {"bids": BIDS, "reward": BIDS[0].clone()})._repr_html_()
    rows = re.findall("<tr><th[^>]*>(.*?)</th><td[^>]*>(.*?)</td></tr>", page)
    assert rows == [
        ("answer", "not modular (3 gradients; not modular: 1 of 3 pairs)"),
        ("&lt;a&gt; and b", "not modular; they share: log-sum-exp"),
        ("&lt;a&gt; reads", "bids"),
        ("b reads", "bids"),
        ("c reads", "reward"),
    ]
    assert page == f"<table>{''.join(re.findall('<tr>.*?</tr>', page))}</table>"


def test_a_notebook_shows_the_worst_pairs_and_the_limits() -> None:
    """Of 28 pairs, seven are joined by their own sum; those that share in any coding come first."""

    def rule(x: Tensor) -> dict[str, Tensor]:
        common = x.exp().sum()
        shared = {f"s{k}": x[k] * common for k in range(2)}
        return {**{f"a{k}": x[k] * 1.0 for k in range(6)}, **shared}

    page = audit(rule, {"x": torch.arange(6, dtype=torch.float64)})._repr_html_()
    rows = re.findall("<tr><th[^>]*>(.*?)</th><td[^>]*>(.*?)</td></tr>", page)
    assert [head for head, _ in rows[1:2]] == ["s0 and s1"]
    assert len([head for head, _ in rows if head.endswith("reads")]) == 6

    def unfollowed(x: Tensor) -> dict[str, Tensor]:
        number = x.sum().item()
        return {"a": x[0] * number, "b": x[1] * number}

    unknown = audit(unfollowed, {"x": torch.arange(6, dtype=torch.float64)})
    shown = unknown._repr_html_()
    assert unknown.limits
    assert shown.count('">limit</th>') == len(unknown.limits)
