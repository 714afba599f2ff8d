"""The claim on the length of pretraining, on synthetic runs whose ratio follows it or does not."""

from __future__ import annotations

import pytest

from claims.explanation.pretraining_length import ITSELF, blocks_at
from claims.explanation.pretraining_length import test_pretraining_length as claim
from repro.verdicts import Verdict
from tests.claims.transfer.world import SEEDS, World, declared, judged

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
LAST = "ppo/linear_chain.last"


def world(**at: float) -> World:
    """CVS takes 100 epochs and PPO 1300, but from epoch `from_400` and so on as many as given."""
    arms = {f"{LAST}/{name.replace('_', '=')}": mean for name, mean in at.items()}
    return World({"cvs": 100, "ppof": 900, "ppo": 1300}, arms)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (world(), YES),
        (world(from_400=1400, from_950=1250), YES),
        (world(from_950=650), NO),
        (world(from_400=240, from_950=650), NO),
        (world(from_1500=2700), NO),
        (world(from_1500=1950), OPEN),
    ],
)
def test_each_length_must_give_the_last_ones_ratio(given: World, verdict: Verdict) -> None:
    assert judged(claim, given).result.verdict is verdict


def test_the_largest_change_is_measured_and_the_controls_fail() -> None:
    outcome = judged(claim, world(from_400=240, from_950=650))
    assert outcome.result.measured is not None
    assert outcome.result.measured.value == pytest.approx(240 / 1300, rel=0.01)
    verdicts = {d.label: d.verdict for d in outcome.result.details}
    assert verdicts[ITSELF] == YES
    assert verdicts["PPO over CVS from epoch 950, over that from 2450"] == NO
    assert verdicts["PPO over CVS from epoch 1500, over that from 2450"] == YES
    assert all(control.holds for control in outcome.result.controls)
    values = {d.label: d.value for d in outcome.result.details}
    assert values["PPO over CVS, from epoch 2450"] == pytest.approx(13, rel=0.02)


def test_a_run_that_never_converges_from_the_last_epoch_leaves_the_lower_end_open() -> None:
    given = world(from_950=650)
    given.censored = {LAST: 1}
    outcome = judged(claim, given)
    assert outcome.result.verdict in {NO, OPEN}
    assert outcome.result.censored is not None
    assert outcome.result.censored >= 1


def test_the_figure_names_no_row_and_no_band_that_decides() -> None:
    """Ratios of the rows decide, and the talk's number is not tested."""
    (picture,) = judged(claim, world()).pictures
    assert "the verdict divides PPO's ratios by that from epoch 2450" in picture.caption
    assert "band" not in picture.caption
    (legend,) = picture.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["the talk: 13.9"]
    marks = {line.get_marker() for line in picture.figure.axes[0].lines}
    assert "D" not in marks


def test_blocks_start_from_the_kept_epochs() -> None:
    needed = declared(claim).blocks(SEEDS)
    assert [block.from_epoch for block in needed] == [400] * 3 + [950] * 3 + [1500] * 3 + [None] * 3
    assert blocks_at(None, SEEDS)["cvs"].bids  # the shipped transfer
