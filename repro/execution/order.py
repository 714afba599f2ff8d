"""Which block is begun first where there are more than workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro import algorithms, tasks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.protocol.blocks import Block


def work_in(block: Block) -> int:
    """Estimate a block's work: its transitions, at most, times the networks that learn from them.

    Raises:
        UserError: the block names an algorithm or a problem that does not exist.
    """
    algorithm = algorithms.load(block.algorithm, **dict(block.settings))
    tables = tasks.problem(block.problem).merged
    observation, actions = tables.observation.shape[1], tables.next_state.shape[1]
    policies = algorithm.fresh_policy(observation, actions, np.random.default_rng(0))
    networks = len(policies) + algorithm.learners(actions)
    return block.epochs * len(block.seeds) * algorithm.steps * networks


def longest_first(blocks: Sequence[Block]) -> list[Block]:
    """Order blocks by the work of the longest chain that begins with them; parents before children.

    Args:
        blocks: as `with_parents` gives them.
    """
    below: dict[Block, int] = {}  # work of a block's longest chain of children
    length: dict[Block, int] = {}
    for block in reversed(blocks):
        length[block] = work_in(block) + below.get(block, 0)
        if block.parent:
            below[block.parent] = max(below.get(block.parent, 0), length[block])
    return sorted(blocks, key=lambda block: -length[block])
