"""Names of arms, for figures and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro import algorithms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.protocol.blocks import Block


def arm_labels(blocks: Sequence[Block]) -> list[str]:
    """Name the arms of a figure or table: the algorithm, and what the arm does not share with all others.

    >>> from repro.protocol import transfer
    >>> arms = [transfer("ppo", "linear_chain.last", (0, 1), from_epoch=epoch) for epoch in (950, 2450)]
    >>> arm_labels(arms)
    ['PPO, from epoch 950', 'PPO']
    >>> arm_labels(arms[:1])
    ['PPO']

    Args:
        blocks: one for each arm.
    """
    own = [block.differences for block in blocks]
    common = set.intersection(*map(set, own)) if own else set()
    return [
        ", ".join(
            [
                algorithms.display_name(block.algorithm),
                *(_in_words(part) for part in parts if part not in common),
            ]
        )
        for block, parts in zip(blocks, own, strict=True)
    ]


def _in_words(part: str) -> str:
    """Write "policy_lr=4e-06" as "policy lr 4e-06", and "from=950" as "from epoch 950"."""
    name, _, value = part.partition("=")
    if name == "from":
        first, *more = value.split(",")
        start = f"epoch {first}" if first.isdecimal() else algorithms.display_name(first)
        return " ".join(["from", start, *more])
    return f"{name.replace('_', ' ')} {value}"
