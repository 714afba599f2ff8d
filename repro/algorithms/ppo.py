"""PPO: one policy network for all actions; not factorised and not independent (talk:285-289)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from repro.algorithms.clipped_policy import ClippedPolicy


@final
@dataclass(frozen=True)
class PPO(ClippedPolicy):
    """Proximal policy optimisation with a shared network."""

    name: ClassVar[str] = "ppo"
    display_name: ClassVar[str] = "PPO"
    factorised: ClassVar[bool] = False
