"""PPO: one policy network for all actions; not factorised and not independent (talk:285-289)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from repro.algorithms.softmax_policy import SoftmaxPolicy


@final
@dataclass(frozen=True)
class PPO(SoftmaxPolicy):
    """Proximal policy optimisation with a shared network."""

    name: ClassVar[str] = "ppo"
    display_name: ClassVar[str] = "PPO"
    factorised: ClassVar[bool] = False
