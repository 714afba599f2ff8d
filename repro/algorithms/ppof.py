"""PPOF: PPO with a network for each action; only the softmax couples them (talk:290-292).

The authors' release mentions PPOF but cannot run it. This definition is ours, after the talk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from repro.algorithms.clipped_policy import ClippedPolicy


@final
@dataclass(frozen=True)
class PPOF(ClippedPolicy):
    """Proximal policy optimisation, factorised over actions; gradients are not independent."""

    name: ClassVar[str] = "ppof"
    display_name: ClassVar[str] = "PPOF"
    factorised: ClassVar[bool] = True
