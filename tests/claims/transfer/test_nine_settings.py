"""The two claims on all nine settings, on synthetic runs for which they hold, fail or are undecided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from matplotlib.figure import Figure

from claims.transfer import nine_settings_ppo, nine_settings_ppof
from claims.transfer._settings import label, settings, topologies
from repro import tasks
from repro.errors import ClaimError
from repro.figures import Picture
from repro.protocol import pretraining, transfer
from repro.verdicts import Verdict
from tests.claims.transfer.world import SEEDS, SPREAD, Judged, World, declared, judged

if TYPE_CHECKING:
    from collections.abc import Callable

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
CLAIMS = {
    "ppo": nine_settings_ppo.test_nine_settings_ppo,
    "ppof": nine_settings_ppof.test_nine_settings_ppof,
}
MEANS = {"cvs": 200.0, "ppo": 2000.0, "ppof": 1200.0}
ONE = "common_descendant.one_ancestor"

both = pytest.mark.parametrize("name", CLAIMS)


@pytest.fixture(autouse=True)
def empty_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the sheet of curves blank, because drawing it takes longer than the rest."""
    blank = Picture("curves.all_problems", "blank", Figure())
    monkeypatch.setattr(nine_settings_ppo, "all_curves", lambda _records: blank)


def judge_claim(name: str, world: World) -> Judged:
    return judged(CLAIMS[name], world)


def test_the_nine_settings_are_those_of_the_talk() -> None:
    assert {topology: len(names) for topology, names in topologies().items()} == {
        "common_ancestor": 3,
        "common_descendant": 3,
        "linear_chain": 3,
    }
    assert len(settings()) == len(set(settings())) == 9
    assert all(tasks.problem(name).pretraining for name in settings())
    assert label("linear_chain.last") == "linear chain, last"


def test_a_tenth_setting_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    names = (*tasks.problem_names(), "linear_chain.last")
    monkeypatch.setattr(tasks, "problem_names", lambda: names)
    with pytest.raises(ClaimError, match="given 10 transfer problems; expected the talk's nine"):
        topologies()


def test_other_topologies_are_not_settings_of_the_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("a_new.training", "a_new.last", *tasks.problem_names())
    monkeypatch.setattr(tasks, "problem_names", lambda: names)
    assert len(settings()) == 9
    assert "a_new" not in topologies()


def test_needs_are_what_is_judged_and_drawn() -> None:
    blocks = declared(CLAIMS["ppof"]).blocks(SEEDS)
    assert len(blocks) == 18
    assert set(blocks) == {transfer(a, name, SEEDS) for a in ("cvs", "ppof") for name in settings()}
    drawn = declared(CLAIMS["ppo"]).blocks(SEEDS)
    assert len(set(drawn)) == len(drawn) == 27 + 9
    assert {b for b in drawn if b.parent is None} == {
        pretraining(a, t, SEEDS) for a in MEANS for t in topologies()
    }


@pytest.mark.slow
@both
def test_reproduced_where_every_setting_is_slower(name: str) -> None:
    outcome = judge_claim(name, World(MEANS))
    assert outcome.result.verdict == YES
    assert (outcome.result.n, outcome.result.censored) == (10, 0)
    assert outcome.result.measured is not None
    assert outcome.result.measured.value == pytest.approx(MEANS[name] / 200, rel=0.01)
    assert {control.verdict for control in outcome.result.controls[:3]} == {NO}
    assert outcome.control(f"half of {name.upper()}'s seeds") in {NO, OPEN}
    assert all(control.holds for control in outcome.result.controls)
    assert len(outcome.result.controls) == 4


@both
def test_every_seed_is_shown_by_setting(name: str) -> None:
    outcome = judge_claim(name, World(MEANS, censored={f"{name}/{ONE}": 1}))
    assert [points.label for points in outcome.result.points] == [
        f"{algorithm}, {label(setting)}"
        for setting in settings()
        for algorithm in (name.upper(), "CVS")
    ]
    slow, fast = (f"{arm}, {label(ONE)}" for arm in (name.upper(), "CVS"))
    assert outcome.seeds(slow).censored == (True, *[False] * 9)
    assert not any(outcome.seeds(fast).censored)
    assert outcome.epochs(slow) == pytest.approx(sorted(MEANS[name] * SPREAD))
    assert outcome.epochs(fast) == pytest.approx(sorted(200 * SPREAD))


@both
def test_one_reversed_setting_is_enough_for_not_reproduced(name: str) -> None:
    outcome = judge_claim(name, World(MEANS, arms={f"{name}/{ONE}": 50}))
    assert outcome.result.verdict == NO
    assert outcome.result.measured is not None
    assert outcome.result.measured.value == pytest.approx(0.25, rel=0.01)
    assert outcome.column("p-value of a ratio below 1")[label(ONE)] == pytest.approx(9 * 2 / 10_000)
    # The controls swap other settings than the reversed one, so the claim's failure does not break them.
    assert outcome.control("swapped in every setting") == NO
    assert outcome.control("highest") == NO


@both
def test_one_undecided_setting_makes_the_claim_inconclusive(name: str) -> None:
    outcome = judge_claim(name, World(MEANS, arms={f"{name}/{ONE}": 205}))
    assert outcome.result.verdict == OPEN
    assert all(control.holds for control in outcome.result.controls)


def test_nearly_significant_once_is_not_after_holm() -> None:
    """One interval is below 1, but not significantly after Holm's correction for nine settings."""
    outcome = judge_claim("ppo", World(MEANS, arms={f"ppo/{ONE}": 145}))
    p = outcome.column("p-value of a ratio below 1")[label(ONE)]
    assert isinstance(p, float)
    assert 0.05 < p < 9 * 0.05
    assert outcome.result.measured is not None
    assert outcome.result.measured.high is not None
    assert outcome.result.measured.high < 1
    assert outcome.result.verdict == OPEN


@both
def test_censored_runs_of_the_slow_arm_may_support_a_ratio_above_1(name: str) -> None:
    outcome = judge_claim(name, World(MEANS, censored={f"{name}/{ONE}": 2}))
    assert outcome.result.verdict == YES
    assert outcome.result.censored == 2
    assert str(outcome.column("ratio")[label(ONE)]).startswith("≥ ")
    assert all(control.holds for control in outcome.result.controls)


def test_censored_runs_of_cvs_cannot() -> None:
    outcome = judge_claim("ppo", World(MEANS, censored={f"cvs/{ONE}": 1}))
    assert outcome.result.verdict == OPEN
    assert outcome.column("one-sided")[label(ONE)] == 0
    outcome = judge_claim("ppo", World(MEANS, arms={f"ppo/{ONE}": 20}, censored={f"cvs/{ONE}": 1}))
    assert outcome.result.verdict == NO
    outcome = judge_claim(
        "ppo",
        World(MEANS, arms={f"ppo/{ONE}": 20}, censored={f"cvs/{ONE}": 1, f"ppo/{ONE}": 1}),
    )
    assert outcome.result.verdict == OPEN


def test_the_probability_of_improvement_is_a_range_if_runs_are_censored() -> None:
    outcome = judge_claim("ppo", World(MEANS, arms={f"ppo/{ONE}": 200}, censored={f"ppo/{ONE}": 2}))
    column = outcome.column("probability")
    assert column[label("linear_chain.last")] == "1.00 [0.80, 1.00]"
    assert " to " in str(column[label(ONE)])


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_two_runs_per_arm_give_no_wrong_verdict(claim: Callable[..., None]) -> None:
    outcome = judged(claim, World(MEANS), (0, 1))
    assert outcome.result.verdict in {YES, OPEN}
    assert YES not in {control.verdict for control in outcome.result.controls}


def test_the_figures_show_every_setting_and_the_talk_s_number_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    outcome = judge_claim("ppo", World(MEANS))
    forest, sheet = outcome.pictures
    assert forest.name == "ratios.ppo"
    assert forest.alt.count("the talk's figure 13.9") == 1
    assert "linear chain, last 10 [" in forest.alt
    assert all(label(name) in forest.alt for name in settings())
    assert len(sheet.figure.axes) == 12
    (other,) = judge_claim("ppof", World(MEANS)).pictures
    assert other.name == "ratios.ppof"
    assert "the talk's figure" not in other.alt
