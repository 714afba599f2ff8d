"""The claim on many learners, on synthetic runs in which those with independent gradients are faster or are not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.explanation._learners import CAP, LEARNERS, RUNS, VALUE, capped, independent, training
from claims.explanation.learners import bounded, compare_groups, judge
from claims.explanation.learners import test_learners as claim
from claims.theory._readings import Sums
from repro import algorithms
from repro.statistics import ConvergenceTimes
from repro.verdicts import Estimate, Verdict
from tests.claims.transfer.world import SEEDS, World, declared, judged

pytestmark = pytest.mark.slow

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
TRAINED = 100.0
MODULAR = {
    "cvs",
    "first_price_society",
    "vickrey_society",
    "sigmoid_policy_gradient",
    "q_learning",
    "sarsa",
    "expected_sarsa",
    "n_step_sarsa 2",
    "monte_carlo",
}
STRICT = {"q_learning", "sarsa", "expected_sarsa"}


def key(learner: object) -> str:
    """Name a learner by its algorithm and n."""
    (one,) = (each for each in LEARNERS if each == learner)
    return " ".join([one.algorithm, *(f"{value:g}" for _, value in one.hyperparameters)])


def world(slow: float, fast: float, spread: float = 1.5) -> World:
    """Give dependent and independent learners their times; in each group they differ by up to `spread`."""
    arms = {}
    means = {one.algorithm: TRAINED for one in LEARNERS}
    for group, mean in ((True, fast), (False, slow)):
        members = [one for one in LEARNERS if (key(one) in MODULAR) is group]
        for one, factor in zip(
            members, np.geomspace(1 / spread, spread, len(members)), strict=True
        ):
            for block in declared(claim).blocks(SEEDS):
                given = dict(block.hyperparameters).get("n")
                if block.algorithm == one.algorithm and given == dict(one.hyperparameters).get("n"):
                    arms[block.name] = TRAINED if block.parent is None else mean * float(factor)
    return World(means, arms)


@pytest.mark.parametrize(
    ("slow", "fast", "verdict"),
    [(400, 100, YES), (100, 400, NO), (100, 100, OPEN), (140, 100, OPEN), (80, 100, NO)],
)
def test_the_groups_are_compared_with_the_smallest_effect(
    slow: float, fast: float, verdict: Verdict
) -> None:
    outcome = judged(claim, world(slow, fast))
    assert outcome.result.verdict is verdict
    assert outcome.result.measured is not None
    assert outcome.result.measured.value == pytest.approx(slow / fast, rel=0.05)


def test_controls_fail_where_the_claim_holds() -> None:
    outcome = judged(claim, world(400, 100))
    assert outcome.control("swapped") == NO
    assert outcome.control("dealt") in {NO, OPEN}


def test_bold_rows_decide_and_a_ratio_of_1_is_no_target() -> None:
    groups, times = judged(claim, world(400, 100)).pictures
    assert (groups.name, times.name) == ("ratio.learners", "times.learners")
    assert "Bold rows" in groups.caption
    assert "No row decides by itself" in times.caption
    labels = times.figure.axes[0].get_yticklabels()
    assert {label.get_fontweight() for label in labels} == {"normal"}
    for picture in (groups, times):
        (legend,) = picture.figure.legends
        assert "no difference: 1" in [text.get_text() for text in legend.get_texts()]
        assert "target" not in picture.alt


def test_the_audit_divides_the_learners_as_it_did_when_the_rule_was_made() -> None:
    as_coded = {key(one) for one in LEARNERS if independent(one, Sums.AS_CODED)}
    assert as_coded == MODULAR
    assert {key(one) for one in LEARNERS if independent(one, Sums.AT_MOST)} == STRICT
    assert sum(one.family == VALUE for one in LEARNERS) == 8


def test_a_learner_that_does_not_train_is_named_and_left_out() -> None:
    given = world(400, 100)
    for topology in ("linear_chain", "common_ancestor", "common_descendant"):
        given.censored = {**given.censored, f"sarsa/{topology}.training": RUNS}
    outcome = judged(claim, given)
    whole = judged(claim, world(400, 100))
    column = outcome.column("transfer over training")
    assert column["SARSA"] == "did not train"
    assert whole.column("transfer over training")["SARSA"] != "did not train"
    assert outcome.result.measured != whole.result.measured


def test_all_learners_have_the_protocols_rate() -> None:
    for learner in LEARNERS:
        made = training(learner, "linear_chain", SEEDS)
        given = dict(made.hyperparameters)
        assert algorithms.load(made.algorithm, **given).policy_lr == 4e-5


def test_times_above_the_cap_are_bounds() -> None:
    found = capped(ConvergenceTimes(np.array([1, CAP, CAP + 1, 10]), np.array([0, 0, 0, 1], bool)))
    assert found.epochs.tolist() == [1, CAP, CAP, 10]
    assert found.censored.tolist() == [False, False, True, True]


def test_a_group_without_learners_has_no_bound() -> None:
    assert compare_groups([1.0, 2.0], []).low == 0
    assert compare_groups([], [1.0, 2.0]).high == math.inf


def test_two_learners_decide_nothing() -> None:
    found = compare_groups([8.0], [1.0])
    assert (found.low, found.high) == (0, math.inf)
    assert found.value == pytest.approx(8)


EXACT = [Estimate(value, value / 2, value * 2) for value in (1.0, 1.5, 2.0, 2.5)]
LOWER, UPPER = Estimate(9.0, 8.0, math.inf, bound="lower"), Estimate(9.0, 0.0, 10.0, bound="upper")


@pytest.mark.parametrize(
    ("slow", "fast", "bound", "below", "above"),
    [
        (EXACT, EXACT, "exact", False, False),
        ([*EXACT, LOWER], EXACT, "lower", False, True),
        (EXACT, [*EXACT, LOWER], "upper", True, False),
        ([*EXACT, UPPER], EXACT, "upper", True, False),
        (EXACT, [*EXACT, UPPER], "lower", False, True),
        ([*EXACT, LOWER], [*EXACT, LOWER], "none", True, True),
    ],
)
def test_a_learner_whose_outcome_is_a_bound_makes_the_ratio_a_bound(
    slow: list[Estimate], fast: list[Estimate], bound: str, below: bool, above: bool
) -> None:
    found = bounded(slow, fast)
    plain = compare_groups([one.value for one in slow], [one.value for one in fast])
    assert (found.value, found.bound) == (plain.value, bound)
    assert found.low == (0 if below else plain.low)
    assert found.high == (math.inf if above else plain.high)


@given(
    outcomes=st.lists(st.floats(0.01, 100.0), min_size=10, max_size=10),
    longer=st.floats(1.0, 1000.0),
)
def test_a_slower_learner_in_the_second_group_raises_neither_ratio_nor_upper_end(
    outcomes: list[float], longer: float
) -> None:
    """So the upper end holds for a learner of which only a lower bound is known; and the lower end does not."""
    slow, fast = outcomes[:5], outcomes[5:]
    before, after = (
        compare_groups(slow, [fast[0] * factor, *fast[1:]]) for factor in (1.0, longer)
    )
    assert after.value <= before.value * (1 + 1e-9)
    assert after.high <= before.high * (1 + 1e-9)
    assert after.low <= before.low * (1 + 1e-9)


def test_censored_transfers_of_an_independent_learner_leave_no_lower_end() -> None:
    """The ratio of the groups is at most what it is with the censored runs as they ended."""
    given, name = world(400, 100), "sigmoid_policy_gradient/chain_in_place.last"
    whole = judged(claim, given)
    given.censored = {**given.censored, name: 2}
    outcome = judged(claim, given)
    measured, before = outcome.result.measured, whole.result.measured
    assert measured is not None
    assert before is not None
    assert (measured.low, measured.high) == (0.0, before.high)
    assert (whole.result.verdict, outcome.result.verdict) == (YES, OPEN)


def test_an_open_lower_end_is_never_reproduced() -> None:
    assert judge(Estimate(30.0, 0.0, 40.0, bound="upper")) is OPEN
    assert judge(Estimate(0.5, 0.0, 1.2, bound="upper")) is NO
