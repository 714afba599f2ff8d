"""REINFORCE with a network for each action; only the softmax couples them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from repro.algorithms.score_function import Reinforce


@final
@dataclass(frozen=True)
class SeparateReinforce(Reinforce):
    """Policy gradient of sampled returns, factorised over actions."""

    name: ClassVar[str] = "reinforce_separate"
    display_name: ClassVar[str] = "REINFORCE, separate networks"
    factorised: ClassVar[bool] = True
