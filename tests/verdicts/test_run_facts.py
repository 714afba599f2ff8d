"""Facts about a run besides its claims."""

from __future__ import annotations

import pytest

from repro.verdicts import Accounts, Agreement, BlockAccount, Compared, ShippedComparison

SAME, BROKEN, ALIKE, DIFFERENT, NOT_SHIPPED = Agreement


def comparison(*blocks: tuple[Agreement, str]) -> ShippedComparison:
    return ShippedComparison("abc", tuple(Compared("a/b", how, why) for how, why in blocks))


@pytest.mark.parametrize(
    ("blocks", "says"),
    [
        ([(SAME, "")] * 36, "36 blocks: 36 identical"),
        ([(SAME, "other code")], "1 block: 1 identical"),
        (
            [(SAME, ""), (ALIKE, "other processor"), (ALIKE, "other processor")],
            "3 blocks: 1 identical, 2 different bytes (other processor), of which none differs statistically",
        ),
        (
            [(ALIKE, "other code"), (DIFFERENT, "other versions")],
            "2 blocks: 0 identical, 2 different bytes (other code; other versions), of which 1 differs statistically",
        ),
        (
            [(DIFFERENT, "other code")] * 2,
            "2 blocks: 0 identical, 2 different bytes (other code), of which 2 differ statistically",
        ),
        ([(SAME, ""), (NOT_SHIPPED, "")], "2 blocks: 1 identical, 1 not among the shipped runs"),
    ],
)
def test_the_summary_counts(blocks: list[tuple[Agreement, str]], says: str) -> None:
    compared = comparison(*blocks)
    assert compared.summary.partition("; ")[0] == says.partition("; ")[0]
    assert compared.summary.startswith(says)
    assert not compared.failed


def test_other_bytes_in_the_same_environment_are_written_in_capitals() -> None:
    block = Compared("cvs/b", BROKEN, where="seed 15 from epoch 477")
    compared = ShippedComparison("def456", (Compared("cvs/a", SAME), block, block))
    assert compared.failed
    assert compared.summary == (
        "3 blocks: 1 identical, 2 DIFFERENT BYTES IN THE ENVIRONMENT THAT MADE THE SHIPPED RUNS: what should "
        "be reproducible is not; the first is cvs/b, seed 15 from epoch 477"
    )


def test_changed_code_is_named_whatever_the_bytes() -> None:
    compared = comparison((SAME, "other code"), (ALIKE, "other code, other processor"), (SAME, ""))
    assert compared.summary.endswith("; the code of 2 blocks has changed since they were shipped")
    assert "changed" not in comparison((SAME, ""), (ALIKE, "other processor")).summary


def test_faulty_shipped_runs_fail() -> None:
    compared = ShippedComparison(fault="a.npz is corrupt")
    assert compared.failed
    assert compared.summary == "the comparison with the shipped runs failed: a.npz is corrupt"
    assert compared.to_dict()["fault"] == "a.npz is corrupt"


def test_every_run_is_counted() -> None:
    accounts = Accounts(
        (
            BlockAccount("cvs/a", "trained", 10, censored=2, seconds=3.0, digest="ab"),
            BlockAccount(
                "ppo/a", "resumed from a checkpoint", 5, censored=0, unready=3, resumed=True
            ),
            BlockAccount("ppof/a", "failed", 3, error="disk full"),
        )
    )
    assert accounts.totals == {
        "expected": 18,
        "finished": 15,
        "censored": 2,
        "unready": 3,
        "failed": 3,
        "resumed": 5,
    }
    assert [block.origin for block in accounts.blocks] == [
        "trained",
        "resumed from a checkpoint; 3 started from a run that had not converged",
        "failed",
    ]
    assert [block.finished for block in accounts.blocks] == [True, True, False]
    compared = accounts.to_dict()
    assert compared["runs"] == accounts.totals
    assert compared["blocks"][2]["error"] == "disk full"
    assert set(Accounts().totals.values()) == {0}
