"""A claim with many seeds is judged again on ten at a time; these verdicts do not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repro.plugin.subsamples import tens
from repro.verdicts import Verdict
from tests.plugin.conftest import CONTROL, claim, outcome
from tests.support.shipping import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from repro.protocol.blocks import Block
    from tests.plugin.conftest import Session

NEEDS = "lambda seeds: [Block('ppo', 'one', seeds, 900)]"
# The claim is reproduced if the mean time is above 311: run r of the block converges at epoch 300 + r.
MEAN = claim(
    "a.mean",
    "times = runs(Block('ppo', 'one', seeds, 900)).times",
    "mean = times.epochs.mean()",
    "verdict = REPRODUCED if mean > 311 else NOT",
    "record.outcome(verdict, Estimate(mean, mean, mean), n=len(seeds), censored=0)",
    CONTROL,
    needs=NEEDS,
).replace("(record, runs)", "(record, runs, seeds)")


def serve(blocks: Sequence[Block]) -> Mapping[Block, object]:
    return {block: record(block) for block in blocks}


@pytest.mark.parametrize(
    ("seeds", "groups"),
    [
        (range(10, 40), [range(10, 20), range(20, 30), range(30, 40)]),
        (range(20), [range(10), range(10, 20)]),
        (range(29), [range(10), range(10, 20)]),
        (range(19), []),
        (range(10), []),
        ((3, 5), []),
        ((*range(5), *range(50, 66)), [(*range(5), *range(50, 55)), range(55, 65)]),
    ],
)
def test_seeds_are_split_into_tens_in_order(
    seeds: Sequence[int], groups: list[Sequence[int]]
) -> None:
    assert tens(tuple(seeds)) == [tuple(group) for group in groups]


def test_each_group_is_judged_by_the_claims_own_code(judge: Callable[..., Session]) -> None:
    session = judge(one=MEAN, provide=serve, seeds=tuple(range(10, 40)))
    assert session.code == 0
    (found,) = session.plugin.claims
    assert (found.verdict, found.n) == (Verdict.REPRODUCED, 30)
    # Runs 0 to 29 converge at epochs 300 to 329; their means are 304.5, 314.5 and 324.5.
    assert [(s.seeds, s.verdict, s.n, s.censored) for s in found.subsamples] == [
        ("10-19", Verdict.NOT_REPRODUCED, 10, 0),
        ("20-29", Verdict.REPRODUCED, 10, 0),
        ("30-39", Verdict.REPRODUCED, 10, 0),
    ]
    assert found.measured is not None
    assert found.measured.value == 314.5
    assert [s.measured.value for s in found.subsamples if s.measured] == [304.5, 314.5, 324.5]


def test_their_verdicts_controls_and_figures_do_not_count(judge: Callable[..., Session]) -> None:
    """Only with all seeds is the control as declared, which it is."""
    code = MEAN.replace(
        CONTROL,
        'record.control("swapped arms", NOT if len(seeds) > 10 else REPRODUCED, why="no figure")',
    )
    session = judge(one=code, provide=serve, seeds=tuple(range(10, 40)))
    assert session.code == 0
    (found,) = session.plugin.claims
    assert not found.flipped
    assert [control.verdict for control in found.controls] == [Verdict.NOT_REPRODUCED]


def test_an_error_in_a_group_is_an_error_of_the_claim(judge: Callable[..., Session]) -> None:
    code = MEAN.replace(
        "mean = times.epochs.mean()", "mean = [0, times.epochs.mean()][len(seeds) > 10]; 1 / mean"
    )
    session = judge(one=code, provide=serve, seeds=tuple(range(10, 40)))
    assert session.code == 3
    (found,) = session.plugin.claims
    assert "ZeroDivisionError" in found.explanation


@pytest.mark.parametrize("seeds", [range(10), range(19)])
def test_with_few_seeds_a_claim_is_judged_once(
    judge: Callable[..., Session], seeds: Sequence[int]
) -> None:
    session = judge(one=MEAN, provide=serve, seeds=tuple(seeds))
    assert [found.subsamples for found in session.plugin.claims] == [()]


def test_a_claim_without_runs_is_judged_once(judge: Callable[..., Session]) -> None:
    theory = claim("a.none", *outcome("REPRODUCED"), kind="'theory'")
    for code in (theory, theory.replace("(record, runs)", "(record)")):
        session = judge(one=code, provide=serve, seeds=tuple(range(10, 40)))
        assert [found.subsamples for found in session.plugin.claims] == [()]


def test_a_claim_that_is_not_run_has_no_groups(judge: Callable[..., Session]) -> None:
    """Not even those of the claim before it."""
    broken = claim("a.broken", "1 / 0", name="test_two")
    session = judge(one=MEAN + broken, provide=serve, seeds=tuple(range(10, 40)))
    first, second = session.plugin.claims
    assert len(first.subsamples) == 3
    assert second.subsamples == ()


def test_a_claim_on_some_of_the_seeds_is_not_judged_on_others(
    judge: Callable[..., Session],
) -> None:
    code = MEAN.replace("Block('ppo', 'one', seeds, 900)", "Block('ppo', 'one', seeds[:10], 900)")
    session = judge(one=code, provide=serve, seeds=tuple(range(10, 40)))
    (found,) = session.plugin.claims
    assert found.measured is not None
    assert found.measured.value == 304.5
    assert found.subsamples == ()
