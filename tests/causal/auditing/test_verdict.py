"""Verdicts are immutable, and their JSON has the shapes of everything that gradients read."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING

import pytest
import torch

from repro.causal import audit

if TYPE_CHECKING:
    from torch import Tensor

BIDS = torch.tensor([0.3, -0.5, 1.1], dtype=torch.float64)


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


def test_tensors_that_are_no_inputs_are_read_in_slices_and_have_shapes() -> None:
    """Names of elements alone do not say whether a tensor is read completely."""
    table = torch.arange(6.0, dtype=torch.float64).reshape(2, 3)

    def rule(bids: Tensor) -> dict[str, Tensor]:
        return {"a": bids * table[0], "b": bids[1:] * table.t()[1:, 1]}

    verdict = audit(rule, {"bids": BIDS})
    written = verdict.to_dict()
    assert written["reads"] == {"a": ["bids", "table[0, :]"], "b": ["bids[1:3]", "table[1, 1:3]"]}
    assert written["shapes"] == {"bids": [3], "table": [2, 3]}
    assert verdict.shapes == {"bids": (3,)}


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
    """The first two gradients share a sum in some codings only, the last two a factor in every coding."""

    def rule(x: Tensor) -> dict[str, Tensor]:
        some, factor = x[1] + x[2], x.exp().sum()
        apart = {f"i{k}": x[k] * 1.0 for k in range(3)}
        return {
            "a": x[0] + some,
            "b": x[3] + some,
            **apart,
            "s": x[4] * factor,
            "t": x[5] * factor,
        }

    page = audit(rule, {"x": torch.arange(6, dtype=torch.float64)})._repr_html_()
    rows = re.findall("<tr><th[^>]*>(.*?)</th><td[^>]*>(.*?)</td></tr>", page)
    assert rows[0] == ("answer", "not modular (7 gradients; not modular: 2 of 21 pairs)")
    assert [head for head, _ in rows[1:3]] == ["s and t", "a and b"]
    assert rows[2][1].startswith("implementation-dependent")
    assert [head for head, _ in rows[3:]] == [
        f"{name} reads" for name in ["a", "b", "i0", "i1", "i2", "s"]
    ]

    def unfollowed(x: Tensor) -> dict[str, Tensor]:
        number = x.sum().item()
        return {"a": x[0] * number, "b": x[1] * number}

    unknown = audit(unfollowed, {"x": torch.arange(6, dtype=torch.float64)})
    shown = unknown._repr_html_()
    assert unknown.limits
    assert shown.count('">limit</th>') == len(unknown.limits)
