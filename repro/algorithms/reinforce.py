"""REINFORCE: sampled returns and one policy network (Williams, 1992)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from repro.algorithms.score_function import Reinforce


@final
@dataclass(frozen=True)
class SharedReinforce(Reinforce):
    """Policy gradient of sampled returns with a shared policy network."""

    name: ClassVar[str] = "reinforce"
    display_name: ClassVar[str] = "REINFORCE"
    factorised: ClassVar[bool] = False
