"""A2C: one policy network, generalised advantages (Mnih et al., 2016)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from repro.algorithms.score_function import ScoreFunction


@final
@dataclass(frozen=True)
class A2C(ScoreFunction):
    """Advantage actor-critic with a shared policy network."""

    name: ClassVar[str] = "a2c"
    display_name: ClassVar[str] = "A2C"
    factorised: ClassVar[bool] = False
