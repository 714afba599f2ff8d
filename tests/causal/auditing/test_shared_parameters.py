"""Mechanisms that share parameters, which is decided by memory and not by name or shape."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from repro.causal import Answer, AuditError, audit
from repro.causal.auditing.shared_parameters import shared_parameters, tensors

TABLE = torch.zeros(4, 6)
FLAT = torch.zeros(12)


def _networks() -> dict[str, Any]:
    return {name: nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)) for name in "ab"}


def _trunk() -> dict[str, Any]:
    trunk = nn.Linear(2, 3)
    return {name: nn.Sequential(trunk, nn.Linear(3, 1)) for name in "ab"}


def _tied_weight() -> dict[str, Any]:
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)
    second.weight = first.weight
    return {"a": first, "b": [second.weight, second.bias]}


SHARED: dict[str, tuple[Any, bool]] = {
    "separate networks": (_networks(), False),
    "a shared trunk": (_trunk(), True),
    "one tied weight": (_tied_weight(), True),
    "the same tensor": ({"a": TABLE, "b": TABLE}, True),
    "rows": ({"a": TABLE[0], "b": TABLE[1:]}, False),
    "columns, interleaved in memory": ({"a": TABLE[:, ::2], "b": TABLE[:, 1::2]}, False),
    "columns that overlap in one": ({"a": TABLE[:, :3], "b": TABLE[:, 2:4]}, True),
    "a transpose": ({"a": TABLE[:2].t(), "b": TABLE[1]}, True),
    "an expanded view": ({"a": FLAT[:1].expand(5), "b": FLAT[1:]}, False),
    "an expanded view of one that is shared": ({"a": FLAT[3:4].expand(5), "b": FLAT[:4]}, True),
    "another view of the same memory": ({"a": FLAT.view(3, 4)[2], "b": FLAT[10:11]}, True),
    "other numbers of the same memory": ({"a": FLAT.view(torch.int32)[:3], "b": FLAT[2:3]}, True),
    "equal numbers": ({"a": torch.zeros(3), "b": torch.zeros(3)}, False),
    "nested": ({"a": {"w": [FLAT[:2], (FLAT[2],)]}, "b": [[FLAT[2:3]]]}, True),
    "detached": ({"a": FLAT.detach()[:2], "b": FLAT[1:3]}, True),
    "nothing": ({"a": [], "b": torch.zeros(0)}, False),
    "no rows": ({"a": TABLE[:0, :2], "b": TABLE}, False),
}


@pytest.mark.parametrize("case", SHARED)
def test_shared_memory(case: str) -> None:
    mechanisms, expected = SHARED[case]
    assert shared_parameters(mechanisms) == ((("a", "b"),) if expected else ())


def test_every_pair_is_listed_once_in_order() -> None:
    mechanisms = {"a": FLAT[:2], "b": FLAT[1:4], "c": FLAT[8:], "d": FLAT[3:9]}
    assert shared_parameters(mechanisms) == (("a", "b"), ("b", "d"), ("c", "d"))


def test_tensors_of_a_mechanism() -> None:
    layer = nn.Linear(2, 1)
    assert [x.shape for x in tensors(layer)] == [(1, 2), (1,)]
    assert [x is FLAT for x in tensors(FLAT)] == [True]
    assert len(tensors({"x": [FLAT, None, 3], "y": (TABLE,)})) == 2


BIDS = torch.tensor([0.3, -0.5, 1.1], dtype=torch.float64)


def _own(bids: torch.Tensor) -> dict[Any, torch.Tensor]:
    return {"a": bids[0].exp(), "b": bids[1].exp(), "c": bids[2].exp()}


def test_a_shared_parameter_makes_gradients_dependent() -> None:
    mechanisms = {"a": FLAT[:2], "b": FLAT[1:3], "c": FLAT[5:]}
    verdict = audit(_own, {"bids": BIDS}, mechanisms=mechanisms)
    assert verdict.answer is Answer.NOT_MODULAR
    assert verdict.pairs == {
        ("a", "b"): Answer.NOT_MODULAR,
        ("a", "c"): Answer.MODULAR,
        ("b", "c"): Answer.MODULAR,
    }
    assert verdict.shared_parameters == (("a", "b"),)
    assert verdict.factorised is False


def test_separate_mechanisms() -> None:
    verdict = audit(_own, {"bids": BIDS}, mechanisms={n: FLAT[k] for k, n in enumerate("abc")})
    assert verdict.answer is Answer.MODULAR
    assert verdict.factorised is True
    assert audit(_own, {"bids": BIDS}).factorised is None


def test_mechanisms_without_gradient_are_ignored() -> None:
    mechanisms = {"a": FLAT[0], "b": FLAT[1], "c": FLAT[2], "d": FLAT[0]}
    assert audit(_own, {"bids": BIDS}, mechanisms=mechanisms).factorised is True


@pytest.mark.parametrize("names", ["ab", "b", ""])
def test_missing_mechanisms(names: str) -> None:
    missing = ", ".join(sorted(set("abc") - set(names)))
    with pytest.raises(AuditError, match=missing):
        audit(_own, {"bids": BIDS}, mechanisms={n: FLAT[k] for k, n in enumerate(names)})


def test_numbers_as_names() -> None:
    def rule(bids: torch.Tensor) -> dict[Any, torch.Tensor]:
        return {0: bids[0], 1: bids[1]}

    both: dict[Any, Any] = {0: FLAT[0], 1: FLAT[1]}
    one: dict[Any, Any] = {0: FLAT[0]}
    assert audit(rule, {"bids": BIDS}, mechanisms=both).factorised is True
    with pytest.raises(AuditError, match="no parameters of 1"):
        audit(rule, {"bids": BIDS}, mechanisms=one)
