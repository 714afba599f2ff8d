"""The two claims on all nine settings, in worlds in which they hold, fail and cannot be told."""

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
    """Leave the sheet of curves blank, which takes longer to draw than all else."""
    blank = Picture("curves.all_problems", "blank", Figure())
    monkeypatch.setattr(nine_settings_ppo, "all_curves", lambda _records: blank)


def come_out(name: str, world: World) -> Judged:
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


def test_a_tenth_setting_is_not_taken_in_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    names = (*tasks.problem_names(), "linear_chain.last")
    monkeypatch.setattr(tasks, "problem_names", lambda: names)
    with pytest.raises(ClaimError, match="given 10 transfer problems; expected the talk's nine"):
        topologies()


def test_other_topologies_are_no_settings_of_the_talk(monkeypatch: pytest.MonkeyPatch) -> None:
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


@both
def test_reproduced_where_every_setting_is_slower(name: str) -> None:
    told = come_out(name, World(MEANS))
    assert told.result.verdict == YES
    assert (told.result.n, told.result.censored) == (10, 0)
    assert told.result.measured is not None
    assert told.result.measured.value == pytest.approx(MEANS[name] / 200, rel=0.01)
    assert {control.verdict for control in told.result.controls[:3]} == {NO}
    assert told.control(f"half of {name.upper()}'s seeds") in {NO, OPEN}
    assert all(control.holds for control in told.result.controls)
    assert len(told.result.controls) == 4


@both
def test_every_seed_is_shown_by_setting(name: str) -> None:
    told = come_out(name, World(MEANS, censored={f"{name}/{ONE}": 1}))
    assert [points.label for points in told.result.points] == [
        f"{algorithm}, {label(setting)}"
        for setting in settings()
        for algorithm in (name.upper(), "CVS")
    ]
    slow, fast = (f"{arm}, {label(ONE)}" for arm in (name.upper(), "CVS"))
    assert told.seeds(slow).censored == (True, *[False] * 9)
    assert not any(told.seeds(fast).censored)
    assert told.epochs(slow) == pytest.approx(sorted(MEANS[name] * SPREAD))
    assert told.epochs(fast) == pytest.approx(sorted(200 * SPREAD))


@both
def test_one_setting_turned_round_is_enough_for_not_reproduced(name: str) -> None:
    told = come_out(name, World(MEANS, arms={f"{name}/{ONE}": 50}))
    assert told.result.verdict == NO
    assert told.result.measured is not None
    assert told.result.measured.value == pytest.approx(0.25, rel=0.01)
    assert told.column("p of a ratio below 1")[label(ONE)] == pytest.approx(9 * 2 / 10_000)
    # Turned round once more it would be in order: not a control that the claim's own failure breaks.
    assert told.control("swapped in every setting") == NO
    assert told.control("highest") == NO


@both
def test_one_setting_in_doubt_leaves_all_undecided(name: str) -> None:
    told = come_out(name, World(MEANS, arms={f"{name}/{ONE}": 205}))
    assert told.result.verdict == OPEN
    assert all(control.holds for control in told.result.controls)


def test_nearly_significant_once_is_not_after_holm() -> None:
    """A setting wholly below 1 by itself, and not any more as one of nine."""
    told = come_out("ppo", World(MEANS, arms={f"ppo/{ONE}": 145}))
    p = told.column("p of a ratio below 1")[label(ONE)]
    assert isinstance(p, float)
    assert 0.05 < p < 9 * 0.05
    assert told.result.measured is not None
    assert told.result.measured.high is not None
    assert told.result.measured.high < 1
    assert told.result.verdict == OPEN


@both
def test_censored_runs_of_the_slow_arm_may_support_above_1(name: str) -> None:
    told = come_out(name, World(MEANS, censored={f"{name}/{ONE}": 2}))
    assert told.result.verdict == YES
    assert told.result.censored == 2
    assert str(told.column("ratio")[label(ONE)]).startswith("≥ ")
    assert all(control.holds for control in told.result.controls)


def test_censored_runs_of_cvs_cannot() -> None:
    told = come_out("ppo", World(MEANS, censored={f"cvs/{ONE}": 1}))
    assert told.result.verdict == OPEN
    assert told.column("one-sided")[label(ONE)] == 0
    told = come_out("ppo", World(MEANS, arms={f"ppo/{ONE}": 20}, censored={f"cvs/{ONE}": 1}))
    assert told.result.verdict == NO
    told = come_out(
        "ppo",
        World(MEANS, arms={f"ppo/{ONE}": 20}, censored={f"cvs/{ONE}": 1, f"ppo/{ONE}": 1}),
    )
    assert told.result.verdict == OPEN


def test_the_probability_of_improvement_says_what_censored_runs_leave_open() -> None:
    told = come_out("ppo", World(MEANS, arms={f"ppo/{ONE}": 200}, censored={f"ppo/{ONE}": 2}))
    column = told.column("probability")
    assert column[label("linear_chain.last")] == "1.00 [0.80, 1.00]"
    assert " to " in str(column[label(ONE)])


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_two_runs_an_arm_decide_nothing_wrongly(claim: Callable[..., None]) -> None:
    told = judged(claim, World(MEANS), (0, 1))
    assert told.result.verdict in {YES, OPEN}
    assert YES not in {control.verdict for control in told.result.controls}


def test_the_figures_show_every_setting_and_the_talk_s_number_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    told = come_out("ppo", World(MEANS))
    forest, sheet = told.pictures
    assert forest.name == "ratios.ppo"
    assert forest.alt.count("the talk's figure 13.9") == 1
    assert "linear chain, last 10 [" in forest.alt
    assert all(label(name) in forest.alt for name in settings())
    assert len(sheet.figure.axes) == 12
    (other,) = come_out("ppof", World(MEANS)).pictures
    assert other.name == "ratios.ppof"
    assert "the talk's figure" not in other.alt
