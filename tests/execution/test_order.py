"""Longest first: estimates computed by hand, and chains of blocks."""

from __future__ import annotations

import pytest

from repro.errors import UserError
from repro.execution.schedule import longest_first, work_in
from repro.protocol.blocks import Block, pretraining, transfer

SEEDS = (0, 1)


@pytest.mark.parametrize(("algorithm", "networks"), [("ppo", 1 + 1), ("ppof", 6 + 1), ("cvs", 12)])
def test_work_is_transitions_times_networks(algorithm: str, networks: int) -> None:
    assert work_in(pretraining(algorithm, "linear_chain", SEEDS)) == 2450 * 2 * 4096 * networks
    assert work_in(transfer(algorithm, "linear_chain.last", SEEDS)) == 12_000 * 2 * 4096 * networks
    small = Block(algorithm, "common_ancestor.training", (5,), 3, hyperparameters=(("steps", 256),))
    assert work_in(small) == 3 * 256 * networks


def test_the_start_of_the_longest_chain_comes_first() -> None:
    before = {a: pretraining(a, "linear_chain", SEEDS) for a in ("ppo", "ppof", "cvs")}
    after = {a: transfer(a, "linear_chain.last", SEEDS) for a in before}
    given = [b for a in before for b in (before[a], after[a])]
    # A transfer of CVS has more work than PPOF's whole chain; its parent has the chain's work.
    assert longest_first(given) == [
        block for a in ("cvs", "ppof", "ppo") for block in (before[a], after[a])
    ]


def test_a_chain_counts_with_its_longest_branch() -> None:
    short, long = (Block("ppo", "linear_chain.training", (s,), 10) for s in (0, 1))
    twig = Block("ppo", "linear_chain.first", (0,), 40, parent=short)
    leaf = Block("ppo", "linear_chain.last", (0,), 30, parent=short)
    tip = Block("ppo", "linear_chain.last", (1,), 35, parent=long)
    end = Block("ppo", "linear_chain.middle", (1,), 6, parent=tip)
    # 10 + 40 for one root, 10 + 35 + 6 for the other.
    order = [long, short, tip, twig, leaf, end]
    assert longest_first([short, twig, leaf, long, tip, end]) == order
    assert longest_first([long, tip, end, short, leaf, twig]) == order


def test_blocks_of_equal_work_keep_their_order() -> None:
    blocks = [transfer("cvs", f"linear_chain.{p}", SEEDS) for p in ("middle", "last", "first")]
    assert longest_first(blocks) == blocks


def test_an_algorithm_that_does_not_exist_is_named() -> None:
    with pytest.raises(UserError, match="did you mean"):
        longest_first([Block("pppo", "linear_chain.training", (0,), 3)])
