"""A run's records are compared with shipped ones, in every way they may differ."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from repro.protocol.blocks import Block, pretraining
from repro.records import keys
from repro.records.compare import ALPHA, compare
from repro.records.shipped import MANIFEST
from repro.records.shipping import ship
from repro.verdicts import Agreement, Compared, ShippedComparison, holm
from tests.support.shipping import CLEAN, record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from repro.records.record import Record

SAME, BROKEN, ALIKE, DIFFERENT, NOT_SHIPPED = Agreement
SEEDS = tuple(range(8))
ONE, TWO = (pretraining(name, "linear_chain", SEEDS, keep=()) for name in ("cvs", "ppo"))
HERE = {**CLEAN, "processor": "fast"}
PLAIN = {"torch": "AVX2"}
CHOSEN = {"torch": "DEFAULT", "ATEN_CPU_CAPABILITY": "default"}
"""Instructions as libraries choose them, and as a variable makes them choose."""


def made(block: Block, first: int = 300, noise: int = 0, **provenance: Any) -> Record:  # noqa: ANN401 - JSON values
    return replace(record(block, first, noise), provenance={**HERE, **provenance})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two shipped blocks."""
    ship([made(ONE), made(TWO)], tmp_path / "runs")
    return tmp_path / "runs"


def rows(folder: Path, *records: Record) -> tuple[Compared, ...]:
    comparison = compare(records, folder)
    assert comparison.fault == ""
    assert comparison.commit == "c0ffee"
    return comparison.blocks


def test_the_same_bytes(folder: Path) -> None:
    found = rows(folder, made(ONE), made(TWO, seconds=9.0, host="other", commit="another"))
    assert found == (
        Compared("cvs/linear_chain.training", SAME),
        Compared("ppo/linear_chain.training", SAME),
    )


def test_other_bytes_in_the_same_environment_fail(folder: Path) -> None:
    comparison = compare([made(ONE), made(TWO, noise=1)], folder)
    assert [block.likeness for block in comparison.blocks] == [SAME, BROKEN]
    assert comparison.failed
    # Only the weights differ; equal times do not make up for it.
    assert comparison.blocks[1].ratio == 1


def where(folder: Path, given: Record) -> str:
    (found,) = rows(folder, given)
    return found.where


def test_the_run_and_the_epoch_are_named_that_left_the_shipped_bytes(folder: Path) -> None:
    other = made(ONE)
    other.returns[3, 199] += 1e-12
    other.returns[5, 80:] = 0.4
    assert where(folder, other) == "seed 3 from epoch 200, seed 5 from epoch 81"
    assert where(folder, made(ONE, 299)) == (
        "seed 0 from epoch 299, seed 1 from epoch 300 and 6 more"
    )
    assert where(folder, made(ONE, noise=1)) == "final_bid, policy and 1 more"
    assert where(folder, made(ONE)) == ""


def test_a_run_that_ends_elsewhere_is_named_too(folder: Path) -> None:
    longer = made(ONE)  # the last run converges at 307, and ends 29 epochs later
    longer = replace(longer, returns=np.hstack([longer.returns, longer.returns[:, -1:]]))
    assert where(folder, longer) == "seed 7 after epoch 336"


def test_in_another_environment_runs_may_differ_and_none_is_named(folder: Path) -> None:
    assert where(folder, made(ONE, 299, processor="slow")) == ""


def test_other_bytes_in_the_same_environment_are_not_only_statistically_different(
    folder: Path,
) -> None:
    (found,) = rows(folder, made(ONE, 600))
    assert found.likeness is BROKEN
    assert found.ratio == pytest.approx(603.5 / 303.5)


@pytest.mark.parametrize(
    ("provenance", "why"),
    [
        ({"processor": "slow"}, "other processor"),
        ({"versions": {"numpy": "0"}}, "other versions"),
        ({"versions": {"numpy": "0"}, "processor": "slow"}, "other versions, other processor"),
    ],
)
def test_other_environments_are_compared_statistically(
    folder: Path, provenance: dict[str, Any], why: str
) -> None:
    alike, different = rows(folder, made(ONE, 302, **provenance), made(TWO, 600, **provenance))
    assert (alike.likeness, alike.why) == (ALIKE, why)
    assert (different.likeness, different.why) == (DIFFERENT, why)
    assert alike.ratio is not None
    assert alike.low is not None
    assert alike.high is not None
    assert alike.ratio == pytest.approx(305.5 / 303.5)
    assert alike.low < 1 < alike.high
    assert different.low is not None
    assert different.ratio == pytest.approx(603.5 / 303.5)
    assert different.low > 1


@pytest.mark.parametrize(
    ("recorded", "now", "why"),
    [
        (PLAIN, PLAIN, ""),
        (PLAIN, CHOSEN, "other instructions"),
        (CHOSEN, PLAIN, "other instructions"),
        (CHOSEN, CHOSEN, ""),
        # Records that were made before instructions were recorded.
        (None, None, ""),
        (None, PLAIN, ""),
        (PLAIN, None, ""),
        (None, CHOSEN, "other instructions, perhaps"),
        (CHOSEN, None, "other instructions, perhaps"),
    ],
)
def test_other_bytes_fail_unless_other_instructions_were_used(
    tmp_path: Path, recorded: object, now: object, why: str
) -> None:
    facts: list[dict[str, Any]] = [
        {} if one is None else {"instructions": one} for one in (recorded, now)
    ]
    ship([made(ONE, **facts[0])], tmp_path / "runs")
    (found,) = rows(tmp_path / "runs", made(ONE, 302, **facts[1]))
    assert (found.likeness, found.why) == (ALIKE if why else BROKEN, why)


def test_another_processor_has_other_instructions(folder: Path) -> None:
    (found,) = rows(folder, made(ONE, 302, processor="slow", instructions=CHOSEN))
    assert found.why == "other processor"


def test_the_same_bytes_on_another_machine_are_still_the_same(folder: Path) -> None:
    (found,) = rows(folder, made(ONE, processor="slow"))
    assert (found.likeness, found.why, found.ratio) == (SAME, "other processor", None)


def test_faster_is_as_different_as_slower(folder: Path) -> None:
    (found,) = rows(folder, made(ONE, 150, processor="slow"))
    assert found.likeness is DIFFERENT
    assert found.high is not None
    assert found.high < 1


@pytest.mark.parametrize(("first", "likeness"), [(300, SAME), (302, ALIKE), (600, DIFFERENT)])
def test_changed_code_is_reported(
    folder: Path, monkeypatch: pytest.MonkeyPatch, first: int, likeness: Agreement
) -> None:
    monkeypatch.setattr(keys, "code_digest", lambda _modules: "newer")
    (found,) = rows(folder, made(ONE, first))
    assert (found.likeness, found.why) == (likeness, "other code")


def test_other_versions_are_not_reported_as_other_code(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key covers both; computed with the shipped versions, only the code can differ."""
    other = {"numpy": "0", "torch": "0", "numba": "0"}
    monkeypatch.setattr(keys, "versions", lambda: other)
    (found,) = rows(folder, made(ONE, 302, versions=other))
    assert found.why == "other versions"


def test_blocks_that_are_not_shipped_are_counted(folder: Path) -> None:
    (found,) = rows(folder, made(replace(ONE, epochs=2000)))
    assert found == Compared("cvs/linear_chain.training/epochs=2000", NOT_SHIPPED)


def test_censored_runs_count_at_the_cap_on_both_sides(tmp_path: Path) -> None:
    short = replace(ONE, epochs=400)
    ship([made(short, 0), made(TWO)], tmp_path / "runs")
    never, found = rows(
        tmp_path / "runs", made(short, 0, noise=1, processor="slow"), made(TWO, processor="slow")
    )
    # Equal times give no interval, and show no difference.
    assert (never.likeness, never.ratio, never.low, never.high) == (ALIKE, 1, 0, math.inf)
    assert found.likeness is SAME
    (some,) = rows(tmp_path / "runs", made(short, 100, processor="slow"))
    assert some.likeness is DIFFERENT
    assert some.low is not None
    assert some.low > 0


def test_without_shipped_runs_nothing_is_compared(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        comparison = compare([made(ONE)], folder)
        assert comparison == ShippedComparison()
        assert comparison.summary == "nothing was compared"
        assert not comparison.failed


def lose_a_file(folder: Path) -> None:
    next(folder.glob("ppo-*.npz")).unlink()


def cut_the_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_text("{")


def flip_a_bit(folder: Path) -> None:
    path = next(folder.glob("ppo-*.npz"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")


@pytest.mark.parametrize("damage", [lose_a_file, cut_the_manifest, flip_a_bit])
def test_faulty_shipped_runs_are_reported_even_if_not_needed(
    folder: Path, damage: Callable[[Path], None]
) -> None:
    damage(folder)
    comparison = compare([made(ONE)], folder)
    assert comparison.failed
    assert str(folder) in comparison.fault
    assert comparison.blocks == ()


@pytest.mark.parametrize(
    ("p_values", "significant"),
    [
        ([], set()),
        ([0.04], {0.04}),
        ([0.05], {0.05}),
        ([0.051], set()),
        ([0.04, 0.03], set()),
        ([0.04, 0.025], {0.04, 0.025}),
        ([0.016, 0.9, 0.02], {0.016, 0.02}),
        ([0.017, 0.001, 0.9, 0.03], {0.001}),
        ([0.001] * 36, {0.001}),
        ([0.002] * 36, set()),
    ],
)
def test_holm(p_values: list[float], significant: set[float]) -> None:
    adjusted = zip(p_values, holm(p_values), strict=True)
    assert {p for p, value in adjusted if value <= ALPHA} == significant


def test_many_blocks_are_tested_together(tmp_path: Path) -> None:
    """A block that is flagged alone, at 5 %, is not flagged among many that agree."""
    blocks = [replace(ONE, epochs=2450 + i) for i in range(12)]
    ship([made(block) for block in blocks], tmp_path / "runs")
    near = 303  # Student's t of 3 / (2.45 / 2): p is about 0.03
    (alone,) = rows(tmp_path / "runs", made(blocks[0], near, processor="slow"))
    assert alone.likeness is DIFFERENT
    others = [made(block, 301, noise=1, processor="slow") for block in blocks[1:]]
    first, *_ = rows(tmp_path / "runs", made(blocks[0], near, processor="slow"), *others)
    assert first.low == alone.low
    assert first.likeness is ALIKE


def test_the_comparison_can_be_written_as_json(folder: Path) -> None:
    comparison = compare([made(ONE, 302, processor="slow"), made(TWO)], folder)
    body: dict[str, Any] = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert [block["likeness"] for block in body["blocks"]] == [ALIKE.value, SAME.value]
    assert body["failed"] is False
