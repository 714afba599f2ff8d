"""Places, selected elements and integer inputs: context while they select, numbers in arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from repro.causal import Answer, Verdict, audit

if TYPE_CHECKING:
    from collections.abc import Callable

    Whole = Callable[[Tensor, Tensor], Tensor]

MODULAR, NOT_MODULAR, IMPLEMENTATION_DEPENDENT, UNDETERMINED = (
    Answer.MODULAR,
    Answer.NOT_MODULAR,
    Answer.IMPLEMENTATION_DEPENDENT,
    Answer.UNDETERMINED,
)
BIDS = torch.tensor([0.1, 0.7, 0.4], dtype=torch.float64)
REWARDS = torch.tensor([1.5, 2.5, 0.5], dtype=torch.float64)
COUNTS = torch.tensor([1, 0, 2])
ALL = torch.arange(3)


def verdict_on(whole: Whole, rewards: Tensor = REWARDS, *, selection: str = "route") -> Verdict:
    """Audit a rule with one element of a tensor for each mechanism."""

    def rule(bids: Tensor, rewards: Tensor) -> dict[str, Tensor]:
        made = whole(bids, rewards)
        return {name: made[k] for k, name in enumerate("abc")}

    given = {"bids": BIDS, "rewards": rewards}
    verdict = audit(rule, given, verify=True, selection=selection)
    assert not any(one.violates for one in verdict.interventions)
    return verdict


def _after_maximum(b: Tensor, _: Tensor) -> Tensor:
    b.max()
    return b * torch.stack([b[0] == b[1], b[1] == b[0], b[2] == b[1]])


def _after_sort(b: Tensor, r: Tensor) -> Tensor:
    r.sort()
    return b * (r[:, None] == r[None]).sum(1)


def _one_hot(place: Tensor) -> Tensor:
    return F.one_hot(place, 3).double()


NUMBERS: dict[str, Whole] = {
    "ranks": lambda b, r: b - r.argsort().argsort().double(),
    "ranks of topk": lambda b, r: b - r.topk(3).indices.argsort(),
    "place plus one": lambda b, r: b * (r.argmax() + 1),
    "place as a float": lambda b, _: b - b.argmax().double(),
    "indices of a sort": lambda b, r: b * r.sort().indices.double(),
    "one-hot times numbers": lambda b, _: b - _one_hot(b.argmax()) @ ALL.double(),
    "mask times numbers": lambda b, _: b - (b == b.max()).double() @ ALL.double(),
    "a table of numbers": lambda b, _: b - torch.tensor([0.9, 0.5, 0.1])[b.argmax()],
    "scattered one": lambda b, _: (
        b - torch.zeros(3).scatter(0, b.argmax(0, keepdim=True), 1.0) @ ALL.float()
    ),
    "assigned one": lambda b, _: (
        b - torch.zeros(3).index_put((b.argmax(0, keepdim=True),), torch.ones(1)) @ ALL.float()
    ),
    "a power": lambda b, r: b * 0.9 ** r.argsort().argsort(),
    "sum of two places": lambda b, r: b * (b.argmax() + r.argmax()),
    "a place and a mask": lambda b, r: b * (r.argmax() + _one_hot(b.argmax())),
    "how many masks": lambda b, r: b * (_one_hot(b.argmax()) + _one_hot(r.argmax())),
    "compared": lambda b, r: b * (r.argsort().argsort() > 0),
    "arranged in two ways": lambda b, r: (
        b * torch.stack([r[:2].argmax(), r[:2].flip(0).argmax(), r.argmax()])
    ),
    "equality after a maximum": _after_maximum,
    "equality after a sort": _after_sort,
}
SELECTIONS: dict[str, Whole] = {
    "mask": lambda b, r: (b == b.max()) * (b - r),
    "negated mask": lambda b, r: (b != b.max()) * (b - r),
    "mask of the second": lambda b, r: (b == b.topk(2).values[1]) * (b - r),
    "one-hot": lambda b, r: F.one_hot(b.argmax(), 3) * (b - r),
    "one-hot of several": lambda b, r: F.one_hot(b.topk(2).indices, 3).sum(0) * (b - r),
    "scattered mask": lambda b, r: torch.zeros(3).scatter(0, b.topk(2).indices, 1.0) * (b - r),
    "a mask alone": lambda b, _: 2.0 * F.one_hot(b.argmax(), 3),
    "ε-greedy": lambda b, r: (
        r - torch.full((3,), 0.1).scatter_add(0, b.argmax(0, keepdim=True), torch.tensor([0.9])) * b
    ),
    "where": lambda b, r: torch.where(b.argmax() == ALL, b, r),
    "masked_fill": lambda b, _: b.masked_fill(b.argmax() != ALL, 0.0),
    "boolean index": lambda b, r: b - r[_one_hot(b.argmax()).bool()],
    "gather": lambda b, _: b - b.gather(0, b.argmax(0, keepdim=True)),
    "index": lambda b, r: b - r[b.argmax()],
    "index of a table": lambda b, r: b - r.view(1, 3)[0, b.argmax()],
    "index with an offset": lambda b, r: b - r.repeat(2)[b.argmax() + 3],
    "gradient of a maximum": lambda b, r: r - torch.func.grad(lambda x: x.max())(b),
    "gradient along": lambda b, r: r - torch.func.grad(lambda x: x.max(0).values)(b),
    "gradient of topk": lambda b, r: r - torch.func.grad(lambda x: x.topk(2).values.sum())(b),
    "gradient of a gather": lambda b, r: r - torch.func.grad(lambda x: x[x.argmax()])(b),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_place_in_arithmetic_is_a_hidden_variable(name: str) -> None:
    assert verdict_on(NUMBERS[name]).answer is NOT_MODULAR


@pytest.mark.parametrize("name", SELECTIONS)
def test_a_place_that_selects_is_context(name: str) -> None:
    verdict = verdict_on(SELECTIONS[name])
    assert verdict.answer is MODULAR
    assert verdict.limits == ()


def test_a_strict_selection_makes_every_place_hidden() -> None:
    assert verdict_on(SELECTIONS["one-hot"], selection="strict").answer is NOT_MODULAR


def test_a_place_that_leaves_the_trace_as_a_number() -> None:
    used = verdict_on(lambda b, r: b * (int(r.argmax()) + 1))
    assert used.answer is UNDETERMINED
    logged: list[int] = []

    def logging(b: Tensor, r: Tensor) -> Tensor:
        logged.append(int(r.argmax()))
        return b - r

    assert verdict_on(logging).answer is MODULAR


INTEGERS: dict[str, tuple[Whole, Answer]] = {
    "returns": (lambda b, r: b - r.flip(0).cumsum(0).flip(0), IMPLEMENTATION_DEPENDENT),
    "returns of floats": (
        lambda b, r: b - r.double().flip(0).cumsum(0).flip(0),
        IMPLEMENTATION_DEPENDENT,
    ),
    "returns by a matrix": (
        lambda b, r: b - torch.ones(3, 3).triu().double() @ r.double(),
        IMPLEMENTATION_DEPENDENT,
    ),
    "returns of clipped rewards": (
        lambda b, r: b - torch.stack([r[k:].clamp(-1, 1).sum() for k in range(3)]),
        IMPLEMENTATION_DEPENDENT,
    ),
    "returns times scores": (lambda b, r: b * r.sum(), NOT_MODULAR),
    "standardised": (
        lambda b, r: b - (r.double() - r.double().mean()) / r.double().std(),
        NOT_MODULAR,
    ),
    "ranks": (lambda b, r: b - r.argsort().argsort(), NOT_MODULAR),
    "own reward": (lambda b, r: b - r, MODULAR),
    "divided by a count": (lambda b, r: b / (r[2] + 1), MODULAR),
    "discount": (lambda b, r: b * 0.9 ** r[0], MODULAR),
    "flag": (lambda b, r: b * (1 - r[1]), MODULAR),
    "product of flags": (lambda b, r: b * (1 - r.clamp(0, 1)).cumprod(0), MODULAR),
    "compared": (lambda b, r: b * (r == 1), MODULAR),
    "index": (lambda b, r: b[r], MODULAR),
    "flat index": (lambda b, r: b.repeat(2)[r + ALL], MODULAR),
    "one-hot": (lambda b, r: b * F.one_hot(r[0], 3), MODULAR),
    "read by Python": (lambda b, r: b[r.tolist()], MODULAR),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_integer_inputs_are_conditioned_on_where_they_are_numbers(name: str) -> None:
    whole, answer = INTEGERS[name]
    verdict = verdict_on(whole, COUNTS)
    assert verdict.answer is answer
    assert verdict.limits == ()


def test_the_verdict_says_whether_integers_are_context() -> None:
    used = verdict_on(INTEGERS["returns"][0], COUNTS)
    assert (used.conditioned, used.context) == (("bids", "rewards"), ())
    index = verdict_on(INTEGERS["index"][0], COUNTS)
    assert (index.conditioned, index.context) == (("bids",), ("rewards",))
