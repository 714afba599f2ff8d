"""A2C with a network for each action; only the softmax couples them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from repro.algorithms.score_function import ScoreFunction


@final
@dataclass(frozen=True)
class A2CSeparate(ScoreFunction):
    """Advantage actor-critic, factorised over actions."""

    name: ClassVar[str] = "a2c_separate"
    display_name: ClassVar[str] = "A2C, separate networks"
    factorised: ClassVar[bool] = True
