"""Two sets of records side by side: which blocks, what is other about them, and how often it errs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from repro.errors import RecordError
from repro.protocol.blocks import Block, pretraining, transfer
from repro.records.compare import compare_sets
from repro.records.keys import key
from repro.records.record_set import RecordRef
from repro.verdicts import Agreement, Compared
from tests.support.shipping import CLEAN, record

if TYPE_CHECKING:
    from collections.abc import Sequence

SAME, BROKEN, ALIKE, DIFFERENT, _ = Agreement
SEEDS = tuple(range(8))
ONE, TWO = (pretraining(name, "linear_chain", SEEDS) for name in ("cvs", "ppo"))
CHILD = transfer("cvs", "linear_chain.first", SEEDS)


def held(
    block: Block,
    first: int | Sequence[int] = 300,
    noise: int = 0,
    **changes: Any,  # noqa: ANN401 - JSON values
) -> RecordRef:
    """A record as this machine makes them, and what is other about it."""
    made = record(block, first, noise)
    return RecordRef.of(replace(made, provenance={**CLEAN, "processor": "fast", **changes}))


def foreign(block: Block, first: int = 300, name: str = "f", **changes: Any) -> RecordRef:  # noqa: ANN401 - as above
    """A record made by code that is not here."""
    return replace(held(block, first, 1, **changes), key=name)


def row(one: RecordRef, other: RecordRef) -> Compared:
    (found,) = compare_sets([one], [other]).blocks
    return found


def test_the_same_bytes_agree() -> None:
    found = compare_sets([held(ONE), held(TWO)], [held(TWO), held(ONE, processor="slow")])
    assert found.blocks == (
        Compared(ONE.name, SAME, "other processor"),
        Compared(TWO.name, SAME),
    )
    assert found.agree
    assert found.only == ((), ())


def test_other_bytes_in_the_same_environment_do_not() -> None:
    """Neither here, nor where both were made by code that is not here."""
    for one, other in (
        (held(ONE), held(ONE, noise=1)),
        (foreign(ONE), foreign(ONE, 301)),
    ):
        found = compare_sets([one], [other])
        assert [block.likeness for block in found.blocks] == [BROKEN]
        assert not found.agree


@pytest.mark.parametrize(("first", "likeness"), [(302, ALIKE), (600, DIFFERENT), (150, DIFFERENT)])
def test_elsewhere_means_decide(first: int, likeness: Agreement) -> None:
    found = compare_sets([held(ONE, first)], [held(ONE, processor="slow")])
    (block,) = found.blocks
    assert (block.likeness, block.why, block.levels) == (likeness, "other processor", None)
    assert block.ratio == pytest.approx((first + 3.5) / 303.5)
    assert block.low is not None
    assert block.high is not None
    assert (block.low <= 1 <= block.high) == (likeness is ALIKE)
    assert found.agree == (likeness is ALIKE)


@pytest.mark.parametrize(
    ("block", "other", "why"),
    [
        (ONE, replace(ONE, seeds=tuple(range(8, 16))), "other seeds"),
        (ONE, replace(ONE, epochs=2000), "other epochs"),
        (
            ONE,
            replace(ONE, extra_epochs=0, bids=True),
            "other extra epochs, other recording of bids",
        ),
        (CHILD, transfer("cvs", "linear_chain.first", SEEDS[:5]), "other seeds"),
        (CHILD, replace(CHILD, parent=None), "other pretraining"),
        (CHILD, replace(CHILD, parent=replace(ONE, epochs=2000)), "other pretraining"),
        (CHILD, replace(CHILD, parent=TWO), "other pretraining"),
    ],
)
def test_blocks_of_one_name_are_compared_and_what_is_other_is_said(
    block: Block, other: Block, why: str
) -> None:
    for one, two in ((block, other), (other, block)):
        found = row(held(one, noise=1), held(two, 301))
        assert (found.likeness, found.why) == (ALIKE, why)


def test_what_is_other_about_the_code() -> None:
    """A key is of code, versions and settings: which of them changed can only be told at times."""
    numpy = {"numpy": "9"}
    ours = held(ONE)
    for other, why in (
        (foreign(ONE), "other code"),
        (foreign(ONE, versions=numpy), "other code, other versions"),
        (foreign(replace(ONE, epochs=2000)), "other epochs, other code"),
        (held(ONE, 301, versions=numpy), "other versions"),
        (held(ONE, 301, versions=numpy, processor="slow"), "other versions, other processor"),
    ):
        assert row(ours, other).why == why
        assert row(other, ours).why == why
    theirs = foreign(ONE)
    for other, why in (
        (foreign(ONE, name="e"), "other code"),
        (foreign(ONE, name="e", versions=numpy), "other code, perhaps, other versions"),
        (foreign(replace(ONE, epochs=2000), name="e"), "other epochs, other code, perhaps"),
    ):
        assert replace(row(theirs, other), likeness=SAME).why == why
    assert held(ONE, versions=numpy).key == key(ONE, numpy) != ours.key


def test_hyperparameters_make_another_block() -> None:
    tuned = replace(ONE, hyperparameters=(("policy_lr", 1e-5),))
    found = compare_sets([held(ONE), held(tuned)], [held(ONE), held(TWO)])
    assert [block.block for block in found.blocks] == [ONE.name]
    assert found.only == ((tuned.name,), (TWO.name,))
    assert found.agree


def test_which_of_several_of_one_name_is_meant_is_not_guessed() -> None:
    short, long = replace(ONE, epochs=1000), replace(ONE, epochs=2000)
    found = compare_sets([held(ONE), held(TWO)], [held(short), held(long), held(TWO)])
    assert [block.block for block in found.blocks] == [TWO.name]
    assert found.only == ((ONE.name,), (ONE.name, ONE.name))
    # The very same settings are meant, whatever else has the name.
    found = compare_sets([held(ONE), held(short)], [held(long), held(short)])
    assert [block.why for block in found.blocks] == ["other epochs", ""]


def test_no_block_in_common_is_an_error() -> None:
    with pytest.raises(RecordError) as said:
        compare_sets([held(ONE), held(CHILD), held(replace(ONE, epochs=9))], [held(TWO)])
    assert str(said.value) == (
        f"no block is in both: given {ONE.name}, {CHILD.name} and 1 more and {TWO.name}; "
        "expected two sets of the same algorithms and problems"
    )


def test_times_end_at_the_lower_of_two_caps() -> None:
    """What one side could not see, the other is not blamed for."""
    short = replace(ONE, epochs=400)
    late = [900 + i for i in SEEDS]
    found = row(held(ONE, late), held(short, 0))
    assert (found.likeness, found.ratio, found.levels) == (ALIKE, 1, None)
    assert row(held(ONE, late), held(short, 100)).likeness is DIFFERENT


def test_where_no_run_converges_the_returns_at_the_end_are_compared() -> None:
    def stuck(level: float, noise: int) -> RecordRef:
        made = record(ONE, 0, noise)
        spread = np.linspace(-0.01, 0.01, len(SEEDS))[:, None]
        made = replace(made, returns=np.full_like(made.returns, level) + spread)
        return RecordRef.of(replace(made, provenance={**CLEAN, "processor": str(noise)}))

    alike, different = row(stuck(0.1, 1), stuck(0.101, 2)), row(stuck(0.7, 1), stuck(0.1, 2))
    assert (alike.likeness, different.likeness) == (ALIKE, DIFFERENT)
    assert alike.ratio == different.ratio == 1
    assert alike.levels == pytest.approx((0.1, 0.101))
    assert different.levels == pytest.approx((0.7, 0.1))


def times(rng: np.random.Generator, mean: float, block: Block, name: str) -> RecordRef:
    """Runs with a heavy tail, as transfers have."""
    drawn = mean * rng.lognormal(0, 0.8, len(block.seeds))
    epochs = [int(t) if t < 3000 else 0 for t in np.maximum(drawn, 1)]
    made = record(block, epochs)
    return RecordRef(block, name, {"returns": name}, {"processor": name}, lambda: made)


def share_flagged(ratio: float, sets: int) -> float:
    """How often sets of two blocks are told apart, one of which is slower by a ratio."""
    rng = np.random.default_rng(7)
    blocks = [Block(name, "linear_chain.first", tuple(range(10)), 3100, 0) for name in "xy"]
    flagged = 0
    for _ in range(sets):
        slow = [times(rng, 200 * (ratio if i == 0 else 1), b, "1") for i, b in enumerate(blocks)]
        flagged += not compare_sets(slow, [times(rng, 200, b, "2") for b in blocks]).agree
    return flagged / sets


def test_sets_that_are_alike_are_rarely_told_apart() -> None:
    """At 5 %, at least 4 of 15 happen with a probability of 0.6 %; see also the test's own tests."""
    assert share_flagged(1, 15) < 4 / 15


def test_sets_that_differ_by_far_are_told_apart() -> None:
    assert share_flagged(6, 10) >= 0.8
