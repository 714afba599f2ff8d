"""Longest first: estimates computed by hand, and chains of blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from repro.errors import UserError
from repro.execution.schedule import costs, longest_first, work_in
from repro.paths import SHIPPED
from repro.protocol.blocks import Block, pretraining, transfer, with_parents
from repro.records.record_format import to_block
from repro.records.shipped import Shipped

if TYPE_CHECKING:
    from collections.abc import Mapping

SEEDS = (0, 1)


@pytest.mark.parametrize(("algorithm", "networks"), [("ppo", 1 + 1), ("ppof", 6 + 1), ("cvs", 12)])
def test_work_is_transitions_times_networks(algorithm: str, networks: int) -> None:
    assert work_in(pretraining(algorithm, "linear_chain", SEEDS)) == 2450 * 2 * 4096 * networks
    # A transfer ends when its runs have converged; it is taken to last as long as pretraining.
    assert work_in(transfer(algorithm, "linear_chain.last", SEEDS)) == 2450 * 2 * 4096 * networks
    brief = replace(transfer(algorithm, "linear_chain.last", SEEDS), epochs=60)
    assert work_in(brief) == 60 * 2 * 4096 * networks
    whole = replace(brief, epochs=9000, extra_epochs=None)
    assert work_in(whole) == 9000 * 2 * 4096 * networks
    small = Block(algorithm, "common_ancestor.training", (5,), 3, hyperparameters=(("steps", 256),))
    assert work_in(small) == 3 * 256 * networks


def test_the_start_of_the_longest_chain_comes_first() -> None:
    before = {a: pretraining(a, "linear_chain", SEEDS) for a in ("ppo", "ppof", "cvs")}
    after = {a: transfer(a, "linear_chain.last", SEEDS) for a in before}
    given = [b for a in before for b in (before[a], after[a])]
    # A chain of CVS has 24 networks; a transfer of CVS 12; one of PPOF 7; one of PPO 2.
    cvs, ppof, ppo = ((before[a], after[a]) for a in ("cvs", "ppof", "ppo"))
    assert longest_first(given) == [cvs[0], ppof[0], cvs[1], ppof[1], *ppo]


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


def test_measured_seconds_decide_before_estimates() -> None:
    """By hand: PPO's transfer took 9 s a run, its pretraining 2 s; CVS's pretraining took 8 s a run."""
    ppo, cvs = (pretraining(a, "linear_chain", SEEDS) for a in ("ppo", "cvs"))
    slow = transfer("ppo", "linear_chain.last", SEEDS)
    measured = {ppo.name: 2.0, slow.name: 9.0, cvs.name: 8.0, "another": 99.0}
    assert costs([ppo, slow, cvs], measured) == {ppo: 4, slow: 18, cvs: 16}
    assert longest_first([cvs, ppo, slow], measured) == [ppo, slow, cvs]
    assert longest_first([cvs, ppo, slow]) == [cvs, ppo, slow]


def test_a_block_that_was_not_measured_has_the_seconds_of_its_work() -> None:
    ppo, cvs = (pretraining(a, "linear_chain", SEEDS) for a in ("ppo", "cvs"))
    new = transfer("ppof", "linear_chain.last", SEEDS)
    found = costs([ppo, cvs, new], {ppo.name: 2.0, cvs.name: 5.0})
    # 14 s for 2 + 12 networks: one second for each of seven networks.
    assert found == {ppo: 4, cvs: 10, new: pytest.approx(7)}


@pytest.mark.slow
def test_the_shipped_blocks_keep_two_workers_busy() -> None:
    """By simulation with the shipped times: at the end, a worker idles for less than 5 % of the time."""
    shipped = Shipped(SHIPPED)
    blocks = with_parents(to_block(entry["settings"]) for entry in shipped.manifest["blocks"])
    cost = costs(blocks, shipped.seconds_per_run)
    assert set(shipped.seconds_per_run) == {block.arm for block in blocks}
    busy = sum(cost.values())
    assert idle(longest_first(blocks, shipped.seconds_per_run), cost) < 0.05 * busy / 2
    # The limit can be missed: if the longest chains come last.
    assert idle(longest_first(blocks, shipped.seconds_per_run)[::-1], cost) > 0.05 * busy / 2


def idle(order: list[Block], cost: Mapping[Block, float], workers: int = 2) -> float:
    """How long workers idle in all, if each takes the first block whose parent is trained."""
    waiting, free, finished = list(order), [0.0] * workers, dict[Block, float]()
    while waiting:
        now = min(free)
        ready = [b for b in waiting if b.parent is None or finished.get(b.parent, now + 1) <= now]
        worker = free.index(now)
        if ready:
            waiting.remove(ready[0])
            free[worker] = finished[ready[0]] = now + cost[ready[0]]
        else:
            free[worker] = min(time for time in finished.values() if time > now)
    return workers * max(finished.values()) - sum(cost.values())


def test_an_algorithm_that_does_not_exist_is_named() -> None:
    with pytest.raises(UserError, match="did you mean"):
        longest_first([Block("pppo", "linear_chain.training", (0,), 3)])
