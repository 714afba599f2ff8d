"""Matched blocks: names, what they refuse, and what must be run before them."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from repro.errors import UserError
from repro.protocol.blocks import Block, pretraining, transfer
from repro.protocol.matched import Matched, matched, needed_by, with_needed
from repro.protocol.tiers import QUICK
from repro.records.keys import key
from repro.summaries.arms import arm_labels

if TYPE_CHECKING:
    from collections.abc import Callable

SEEDS = (0, 1)
REFERENCE = pretraining("cvs", "linear_chain", SEEDS)
PLAIN = transfer("ppof", "linear_chain.last", SEEDS)
BLOCK = matched(PLAIN, "matched_exploration", REFERENCE)


def test_a_name_says_what_is_matched_with_what() -> None:
    assert BLOCK.name == "ppof/linear_chain.last/matched_exploration=cvs"
    small = transfer("ppof", "linear_chain.last", SEEDS, hyperparameters={"minibatch": 128})
    brief = replace(REFERENCE, epochs=5, keep=(), hyperparameters=(("minibatch", 64),))
    assert matched(small, "matched_habit", brief).name == (
        "ppof/linear_chain.last/matched_habit=cvs,minibatch=64,epochs=5/minibatch=128"
    )
    assert arm_labels([BLOCK, PLAIN]) == ["PPOF, matched exploration cvs", "PPOF"]


def test_all_else_is_the_blocks() -> None:
    assert (BLOCK.extra_epochs, BLOCK.bids, BLOCK.parent) == (300, True, PLAIN.parent)
    assert BLOCK != PLAIN
    assert replace(BLOCK, match="matched_habit") != BLOCK
    assert len({PLAIN, BLOCK, matched(PLAIN, "matched_exploration", REFERENCE)}) == 2


def test_other_seeds_are_the_references_too() -> None:
    other = BLOCK.with_seeds((5, 7))
    assert other == matched(
        transfer("ppof", "linear_chain.last", (5, 7)),
        "matched_exploration",
        pretraining("cvs", "linear_chain", (5, 7)),
    )


def test_a_worker_receives_it_whole() -> None:
    """Dask and loky pickle the blocks of jobs."""
    received = pickle.loads(pickle.dumps(BLOCK))  # noqa: S301 - as they do
    assert received == BLOCK
    assert key(received) == key(BLOCK)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda: matched(REFERENCE, "matched_habit", REFERENCE),
            r"^cvs/linear_chain.training/matched_habit=cvs\S*: given a match with no parent",
        ),
        (lambda: replace(BLOCK, from_epoch=950), r"with from_epoch or changes; expected a parent"),
        (lambda: replace(BLOCK, changes=(("scale_logits", 2.0),)), r"with from_epoch or changes"),
        (
            lambda: replace(BLOCK, reference=REFERENCE.with_seeds((0, 2))),
            r"seeds \(0, 1\), but its reference has \(0, 2\); expected the same",
        ),
        (
            lambda: replace(BLOCK, reference=PLAIN),
            r"its reference was trained on linear_chain.last, its parent on linear_chain.training",
        ),
        (lambda: replace(BLOCK, seeds=()), r"expected distinct ones"),
    ],
)
def test_what_cannot_be_matched_is_refused(make: Callable[[], Block], says: str) -> None:
    with pytest.raises(UserError, match=says):
        make()


def test_the_reference_is_needed() -> None:
    assert needed_by(REFERENCE) == ()
    assert needed_by(PLAIN) == (PLAIN.parent,)
    assert needed_by(BLOCK) == (PLAIN.parent, REFERENCE)
    assert with_needed([BLOCK, PLAIN]) == [PLAIN.parent, REFERENCE, BLOCK, PLAIN]


def test_what_a_reference_needs_comes_before_it() -> None:
    before = pretraining("cvs", "linear_chain", SEEDS)
    first = transfer("cvs", "linear_chain.first", SEEDS, parent=before)
    parent = transfer("ppof", "linear_chain.first", SEEDS)
    last = transfer("ppof", "linear_chain.last", SEEDS, parent=parent)
    block = matched(last, "matched_exploration", first)
    assert with_needed([block]) == [parent.parent, parent, before, first, block]
    capped = QUICK.block(block)
    assert isinstance(capped, Matched)
    assert (capped.epochs, capped.reference.epochs) == (3000, 3000)
    assert QUICK.block(BLOCK) == matched(QUICK.block(PLAIN), "matched_exploration", REFERENCE)
