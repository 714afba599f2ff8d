"""Comparisons of two sets of records: pairs of blocks, reasons for differences, error rates."""

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
ONE, TWO = (pretraining(name, "linear_chain", SEEDS, keep=()) for name in ("cvs", "ppo"))
CHILD = transfer("cvs", "linear_chain.first", SEEDS)


def made_here(
    block: Block,
    first: int | Sequence[int] = 300,
    noise: int = 0,
    **changes: Any,  # noqa: ANN401 - JSON values
) -> RecordRef:
    """A record made on this machine, with changes of its provenance."""
    made = record(block, first, noise)
    return RecordRef.of(replace(made, provenance={**CLEAN, "processor": "fast", **changes}))


def foreign(block: Block, first: int = 300, name: str = "f", **changes: Any) -> RecordRef:  # noqa: ANN401 - as above
    """A record made by other code."""
    return replace(made_here(block, first, 1, **changes), key=name)


def row(one: RecordRef, other: RecordRef) -> Compared:
    (found,) = compare_sets([one], [other]).blocks
    return found


def test_the_same_bytes_agree() -> None:
    found = compare_sets(
        [made_here(ONE), made_here(TWO)], [made_here(TWO), made_here(ONE, processor="slow")]
    )
    assert found.blocks == (
        Compared(ONE.name, SAME, "other processor"),
        Compared(TWO.name, SAME),
    )
    assert found.agree
    assert found.only == ((), ())


def test_other_bytes_in_the_same_environment_do_not() -> None:
    """This also holds if both were made by other code."""
    for one, other in (
        (made_here(ONE), made_here(ONE, noise=1)),
        (foreign(ONE), foreign(ONE, 301)),
    ):
        found = compare_sets([one], [other])
        assert [block.likeness for block in found.blocks] == [BROKEN]
        assert not found.agree


@pytest.mark.parametrize(("first", "likeness"), [(302, ALIKE), (600, DIFFERENT), (150, DIFFERENT)])
def test_on_other_processors_means_are_compared(first: int, likeness: Agreement) -> None:
    found = compare_sets([made_here(ONE, first)], [made_here(ONE, processor="slow")])
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
        (ONE, replace(ONE, keep=(950,)), "other kept weights"),
        (CHILD, replace(CHILD, parent=replace(ONE, bids=True)), "other pretraining"),
        (CHILD, transfer("cvs", "linear_chain.first", SEEDS[:5]), "other seeds"),
        (CHILD, replace(CHILD, parent=None), "other pretraining"),
        (CHILD, replace(CHILD, parent=replace(ONE, epochs=2000)), "other pretraining"),
        (CHILD, replace(CHILD, parent=TWO), "other pretraining"),
    ],
)
def test_blocks_of_one_name_are_compared_and_differing_settings_are_named(
    block: Block, other: Block, why: str
) -> None:
    for one, two in ((block, other), (other, block)):
        found = row(made_here(one, noise=1), made_here(two, 301))
        assert (found.likeness, found.why) == (ALIKE, why)


def test_when_other_code_is_reported() -> None:
    """A key covers code, versions and settings, so it is not always known which of them changed."""
    numpy = {"numpy": "9"}
    ours = made_here(ONE)
    for other, why in (
        (foreign(ONE), "other code"),
        (foreign(ONE, versions=numpy), "other code, other versions"),
        (foreign(replace(ONE, epochs=2000)), "other epochs, other code"),
        (made_here(ONE, 301, versions=numpy), "other versions"),
        (made_here(ONE, 301, versions=numpy, processor="slow"), "other versions, other processor"),
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
    assert made_here(ONE, versions=numpy).key == key(ONE, numpy) != ours.key


def test_blocks_with_other_hyperparameters_are_not_paired() -> None:
    tuned = replace(ONE, hyperparameters=(("policy_lr", 1e-5),))
    found = compare_sets([made_here(ONE), made_here(tuned)], [made_here(ONE), made_here(TWO)])
    assert [block.block for block in found.blocks] == [ONE.name]
    assert found.only == ((tuned.name,), (TWO.name,))
    assert found.agree


def test_a_name_that_occurs_twice_is_not_paired() -> None:
    short, long = replace(ONE, epochs=1000), replace(ONE, epochs=2000)
    found = compare_sets(
        [made_here(ONE), made_here(TWO)], [made_here(short), made_here(long), made_here(TWO)]
    )
    assert [block.block for block in found.blocks] == [TWO.name]
    assert found.only == ((ONE.name,), (short.name, long.name))
    # Blocks with the same settings are paired, even if others have the same name.
    found = compare_sets([made_here(ONE), made_here(short)], [made_here(long), made_here(short)])
    assert [block.why for block in found.blocks] == ["other epochs", ""]


def test_no_block_in_common_is_an_error() -> None:
    with pytest.raises(RecordError) as caught:
        compare_sets(
            [made_here(ONE), made_here(CHILD), made_here(replace(ONE, epochs=9))], [made_here(TWO)]
        )
    assert str(caught.value) == (
        f"no block is in both: given {ONE.name}, {CHILD.name} and 1 more and {TWO.name}; "
        "expected two sets of the same algorithms and problems"
    )


def test_the_lower_of_two_caps_is_applied_to_both() -> None:
    short = replace(ONE, epochs=400)
    late = [900 + i for i in SEEDS]
    found = row(made_here(ONE, late), made_here(short, 0))
    assert (found.likeness, found.ratio, found.levels) == (ALIKE, 1, None)
    assert row(made_here(ONE, late), made_here(short, 100)).likeness is DIFFERENT


def test_if_no_run_converges_final_returns_are_compared() -> None:
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
    """Share of comparisons that find a difference if one of two blocks is slower by a ratio."""
    rng = np.random.default_rng(7)
    blocks = [Block(name, "linear_chain.first", tuple(range(10)), 3100, 0) for name in "xy"]
    flagged = 0
    for _ in range(sets):
        slow = [times(rng, 200 * (ratio if i == 0 else 1), b, "1") for i, b in enumerate(blocks)]
        flagged += not compare_sets(slow, [times(rng, 200, b, "2") for b in blocks]).agree
    return flagged / sets


def test_sets_that_agree_are_rarely_flagged() -> None:
    """At 5 %, 4 or more of 15 have a probability of 0.6 %."""
    assert share_flagged(1, 15) < 4 / 15


def test_sets_that_differ_greatly_are_flagged() -> None:
    assert share_flagged(6, 10) >= 0.8
