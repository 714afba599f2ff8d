"""Random number generators that a training step draws from: put back each time, and named."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from repro.causal import Answer, audit_module
from repro.causal.auditing.generators import generator, global_generators

if TYPE_CHECKING:
    from collections.abc import Callable

OWN: dict[str, tuple[str, Any, Callable[[Any], Any]]] = {
    "generator of NumPy": ("NumPy", np.random.default_rng(0), lambda g: g.normal()),
    "Mersenne twister": (
        "NumPy",
        np.random.Generator(np.random.MT19937(0)),
        lambda g: g.normal(),
    ),
    "old generator of NumPy": ("NumPy", np.random.RandomState(0), lambda g: g.normal()),
    "generator of Python": ("Python", random.Random(0), lambda g: g.random()),  # noqa: S311 - a step's
    "generator of torch": ("torch", torch.Generator(), lambda g: torch.rand((), generator=g)),
}


@pytest.mark.parametrize("case", OWN)
def test_a_generator_is_put_back(case: str) -> None:
    library, own, draw = OWN[case]
    draw(own)
    found = generator(own)
    assert found is not None
    assert found.library == library
    assert not found.has_drawn()
    first = [float(draw(own)) for _ in range(1000)]
    assert found.has_drawn()
    found.restore()
    assert not found.has_drawn()
    assert [float(draw(own)) for _ in range(1000)] == first


def test_other_objects_are_no_generators() -> None:
    assert generator([1]) is None
    assert generator(nn.Linear(1, 1)) is None


@pytest.mark.parametrize(
    ("draw", "library"),
    [
        (lambda: random.random(), "Python"),  # noqa: PLW0108, S311 - a step's
        (lambda: np.random.normal(), "NumPy"),  # noqa: NPY002, PLW0108 - a step's
        (lambda: torch.rand(1), "torch"),
    ],
)
def test_the_global_one_that_has_drawn_is_known(draw: Callable[[], object], library: str) -> None:
    before = global_generators()
    draw()
    assert [one.library for one in before if one.has_drawn()] == [library]
    for one in before:
        one.restore()
    assert not any(one.has_drawn() for one in before)


@pytest.mark.parametrize("case", OWN)
def test_a_step_that_draws_from_its_own_generator(case: str) -> None:
    """Each run of the audit draws the same numbers, and the generator is as before."""
    library, own, draw = OWN[case]
    torch.manual_seed(0)
    left, right = nn.Linear(3, 1), nn.Linear(3, 1)

    def step(x: Tensor) -> Tensor:
        scale = draw(own)
        loss: Tensor = scale * (left(x)[0] ** 2 + right(x)[1] ** 2).sum()
        return loss

    found = generator(own)
    assert found is not None
    seed = 0 if library == "torch" else None
    batch = {"x": torch.randn(2, 3)}
    verdict = audit_module(step, {"left": left, "right": right}, batch=batch, seed=seed)
    assert not found.has_drawn()
    assert verdict.answer is Answer.MODULAR
    said = "random numbers of torch with seed 0" if seed == 0 else f"random numbers of {library}"
    assert verdict.context == (said,)
