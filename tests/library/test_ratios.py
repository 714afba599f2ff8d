"""The ratio is that of the claims: the same figure, the same interval, and a bound if runs are censored."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.errors import UserError
from repro.library import load_shipped, ratio
from repro.paths import PROJECT
from repro.protocol import transfer
from repro.report.documents import VERDICTS
from repro.report.ladder import written_figure
from repro.statistics import ConvergenceTimes, epochs_to_convergence, ratio_of_means
from repro.statistics.ratio import NO_SPREAD
from repro.verdicts import near
from tests.library.conftest import MIDDLE, TEN
from tests.support.shipping import record

if TYPE_CHECKING:
    from repro.records import Record

SLOW, FAST = [300, 420, 350, 510], [100, 140, 90, 120]


def times(epochs: list[int], never: tuple[int, ...] = ()) -> ConvergenceTimes:
    return ConvergenceTimes(np.array(epochs), np.isin(np.arange(len(epochs)), never))


def arm(
    algorithm: str, epochs: list[int], *, from_epoch: int | None = None, minibatch: int = 0
) -> Record:
    changed = {"minibatch": minibatch} if minibatch else {}
    seeds = TEN[: len(epochs)]
    block = transfer(algorithm, MIDDLE, seeds, hyperparameters=changed, from_epoch=from_epoch)
    return record(block, epochs)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", ["10-39", "10-19", "20-29", "30-39"])
def test_it_is_the_figure_of_the_headline(seeds: str) -> None:
    """On all seeds, and on ten at a time, to the last digit shown; further bits depend on the processor."""
    claims = json.loads((PROJECT / VERDICTS).read_text(encoding="utf-8"))["claims"]
    (headline,) = (claim for claim in claims if claim["id"] == "transfer.headline")
    found = {one["seeds"]: one["measured"] for one in headline["subsamples"]}
    measured = {"10-39": headline["measured"], **found}[seeds]
    first, last = map(int, seeds.split("-"))
    runs = load_shipped(seeds=range(first, last + 1))
    again = ratio(runs["ppo", "linear_chain.last"], runs["cvs", "linear_chain.last"])
    shown = f"PPO over CVS on linear_chain.last: {written_figure(measured)}, "
    assert repr(again).startswith(shown)
    assert again.low == pytest.approx(measured["low"], rel=1e-12)


def test_the_default_generator_is_that_of_the_algorithms_names() -> None:
    seed = int.from_bytes(hashlib.sha256(b"ppo/cvs").digest()[:8], "big")
    expected = ratio_of_means(times(SLOW), times(FAST), np.random.default_rng(seed))
    for _ in range(2):  # the stream is started anew
        found = ratio(arm("ppo", SLOW), arm("cvs", FAST, minibatch=128))
        assert (found.value, found.low, found.high) == (expected.value, expected.low, expected.high)
    other = ratio(times(SLOW), times(FAST))
    assert (other.value, other.low != expected.low) == (expected.value, True)
    seed = int.from_bytes(hashlib.sha256(b"slow/fast").digest()[:8], "big")
    assert ratio(times(SLOW), times(FAST), np.random.default_rng(seed)) == other


def test_a_generator_that_is_given_is_used() -> None:
    arms = arm("ppo", SLOW), arm("cvs", FAST)
    one, other = (ratio(*arms, np.random.default_rng(seed)) for seed in (1, 2))
    assert one.low != other.low
    again = ratio_of_means(times(SLOW), times(FAST), np.random.default_rng(1))
    assert (one.low, one.high) == (again.low, again.high)


@pytest.mark.parametrize(
    ("never", "bound", "text"),
    [
        (((), ()), "exact", "slow over fast: 3.51 [{low}, {high}], 4 and 4 runs"),
        (((3,), ()), "lower", "slow over fast: ≥ 3.51 [{low}, ∞], 4 and 4 runs, 1 and 0 censored"),
        (
            ((), (0, 1)),
            "upper",
            "slow over fast: ≤ 3.51 [0, {high}], 4 and 4 runs, 0 and 2 censored",
        ),
        (((3,), (1,)), "none", "slow over fast: no bound, 4 and 4 runs, 1 and 1 censored"),
    ],
)
def test_censored_runs_make_it_a_bound(
    never: tuple[tuple[int, ...], tuple[int, ...]], bound: str, text: str
) -> None:
    exact = ratio(times(SLOW), times(FAST))
    found = ratio(times(SLOW, never[0]), times(FAST, never[1]))
    assert found.bound == bound
    assert found.value == pytest.approx((300 + 420 + 350 + 510) / (100 + 140 + 90 + 120))
    low, high = f"{exact.low:.2f}", f"{exact.high:.2f}"
    assert repr(found).replace("\N{NO-BREAK SPACE}", " ") == text.format(low=low, high=high)


def test_data_without_an_interval_say_why() -> None:
    found = ratio(times([300, 300]), times([100, 100]))
    assert found.note == NO_SPREAD
    assert repr(found) == f"slow over fast: no bound, 2 and 2 runs ({NO_SPREAD})"


def test_arms_are_named_by_what_they_do_not_share() -> None:
    ppo, brief = arm("ppo", SLOW, from_epoch=950), arm("ppo", FAST, from_epoch=400)
    assert ratio(ppo, brief).arms == ("PPO, from epoch 950", f"PPO, from epoch 400 on {MIDDLE}")
    assert ratio(ppo, arm("cvs", FAST, from_epoch=950)).arms == ("PPO", f"CVS on {MIDDLE}/from=950")
    elsewhere = record(transfer("ppo", "linear_chain.first", TEN[:4]), FAST)
    assert ratio(arm("ppo", SLOW), elsewhere).arms == (
        f"PPO on {MIDDLE}",
        "PPO on linear_chain.first",
    )


def test_another_rule_for_convergence_keeps_the_arms_and_the_stream() -> None:
    ppo, cvs = arm("ppo", SLOW), arm("cvs", FAST)
    slow, fast = (
        replace(one, times=epochs_to_convergence(one.returns, window=31)) for one in (ppo, cvs)
    )
    found = ratio(slow, fast)
    assert found.censored == (
        4,
        4,
    )  # each run ends with the window of 30 epochs that shows convergence
    assert found.arms == ratio(ppo, cvs).arms


def test_a_rule_judges_it() -> None:
    found = ratio(times(SLOW), times(FAST))
    assert near(found, 3.5, 1.5, 3.0).value == "reproduced"


def test_an_arm_without_runs_is_an_error() -> None:
    with pytest.raises(UserError, match="the denominator has no run"):
        ratio(times(SLOW), times([]))
