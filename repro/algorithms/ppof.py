"""PPOF: PPO with a network for each action, tied by the softmax alone (talk:290-292).

The authors' release names it and cannot run it; this definition is ours, from the talk's words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from repro.algorithms.softmax_policy import SoftmaxPolicy


@final
@dataclass(frozen=True)
class PPOF(SoftmaxPolicy):
    """Proximal policy optimisation, factorised over actions; gradients are not independent."""

    name: ClassVar[str] = "ppof"
    factorised: ClassVar[bool] = True
