"""The claim on modularity alone, on synthetic runs; and which of its cells the audit lets it judge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from claims.explanation import _cells as cells
from claims.explanation._cells import CELLS, IN_PLACE, MAIN, SETTINGS, Cell, training
from claims.explanation.modularity_alone import judge_cells
from claims.explanation.modularity_alone import test_modularity_alone as claim
from repro import algorithms
from repro.protocol.blocks import KEPT_EPOCHS, TRANSFER_CAP
from repro.verdicts import Verdict
from tests.claims.transfer.world import SEEDS, World, declared, judged

if TYPE_CHECKING:
    from repro.protocol import Block
    from repro.records.record import Record

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
USUAL = {"gumbel_bids": 100, "softmax_bids": 200}
ONE_VALUE = Cell(0.0, 1)


@dataclass
class Bids(World):
    """Runs that have bids after training: 0.001 for D in the third state, and 0.1 otherwise."""

    def record(self, block: Block) -> Record:
        """Make the record of a block."""
        bids = np.full((len(block.seeds), 5, 6), 0.1, np.float32)
        bids[:, 2, 3] = 0.001
        return replace(super().record(block), final_bids={"bid": bids})


def world(**softmax: float) -> Bids:
    """Softmax bids take 200 epochs, and Gumbel bids 100, but softmax bids in given settings what is given."""
    return Bids(USUAL, {arm(place.replace("__", ".")): mean for place, mean in softmax.items()})


def arm(setting: str, name: str = "softmax_bids") -> str:
    """Return the name of the block of a setting of the judged cell."""
    (found,) = (
        block.name
        for block in needed()
        if block.name.startswith(f"{name}/{setting}/") and main(block)
    )
    return found


def main(block: Block) -> bool:
    """Whether a block belongs to the judged cell and the usual length of training."""
    same = dict(block.hyperparameters) == MAIN.hyperparameters
    return same and (block.parent or block).epochs == cells.TRAINED


def needed() -> tuple[Block, ...]:
    return declared(claim).blocks(SEEDS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "verdict", "value"),
    [
        (world(), YES, 2),
        # The geometric mean over four settings decides, not each of them.
        (world(chain_in_place__last=80), YES, 2 * 0.4**0.25),
        (world(chain_in_place__last=70, chain_in_place__first=87), OPEN, 1.25),
        (world(**{name.replace(".", "__"): 100 for name in SETTINGS}), NO, 1),
        # Only the judged cell counts, with its usual training.
        (Bids({"gumbel_bids": 200, "softmax_bids": 100}, {arm(s): 400 for s in SETTINGS}), YES, 2),
    ],
)
def test_the_judged_cell_decides(given: World, verdict: Verdict, value: float) -> None:
    outcome = judged(claim, given)
    assert outcome.result.verdict is verdict
    assert outcome.result.measured is not None
    assert outcome.result.measured.value == pytest.approx(value, rel=0.02)
    assert outcome.result.n == len(SEEDS)


def test_the_controls_fail() -> None:
    outcome = judged(claim, world())
    assert outcome.control("swapped") == NO
    assert outcome.control("half") in {NO, OPEN}


def test_censored_runs_of_the_judged_cell_are_counted() -> None:
    given = world()
    given.censored = {"softmax_bids/linear_chain.last": 2, "softmax_bids/chain_in_place.last": 1}
    assert judged(claim, given).result.censored == 3


@pytest.mark.parametrize(("failed", "verdict"), [(4, YES), (5, OPEN), (10, OPEN)])
@pytest.mark.parametrize("name", USUAL)
def test_a_cell_in_which_an_arm_does_not_train_is_not_judged(
    failed: int, verdict: Verdict, name: str
) -> None:
    given = world()
    given.censored = {f"{name}/linear_chain.training": failed}
    outcome = judged(claim, given)
    assert outcome.result.verdict is verdict
    assert (outcome.result.measured is None) == (verdict is OPEN)
    said = {row[0]: row[-1] for row in outcome.result.tables[0].rows}
    assert said[str(MAIN)] == ("yes, judged" if verdict is YES else "yes, but an arm did not train")
    assert said[str(ONE_VALUE)] == "no, by the audit"


def test_nothing_to_judge_is_inconclusive() -> None:
    assert judge_cells([]) is OPEN


def test_by_the_audit_one_cell_switches_independence_on() -> None:
    assert [cell for cell in CELLS if cells.switches_independence(cell)] == [MAIN]
    rows = {row[0]: row[1:] for row in judged(claim, world()).result.tables[-1].rows}
    modular, not_modular = "modular", "not modular"
    assert rows[f"Gumbel bids, {MAIN}"] == (modular,) * 4
    assert rows[f"Gumbel bids, {ONE_VALUE}"] == (modular, not_modular) * 2
    assert rows[f"Gumbel bids, {Cell(0.95, 0)}"] == (modular, not_modular) * 2
    assert rows[f"Gumbel bids, {Cell(0.95, 1)}"] == (not_modular,) * 4
    assert {rows[f"softmax bids, {cell}"] for cell in CELLS} == {(not_modular,) * 4}


@pytest.mark.parametrize(
    ("gumbel", "softmax", "switched"),
    [
        ((True,) * 4, (False,) * 4, True),
        ((True, False) * 2, (False,) * 4, False),
        ((True,) * 3 + (None,), (False,) * 4, False),
        ((True,) * 4, (True, False) * 2, False),
        ((True,) * 4, (False,) * 3 + (None,), False),
    ],
)
def test_both_arms_must_be_what_they_are_called(
    monkeypatch: pytest.MonkeyPatch,
    gumbel: tuple[bool | None, ...],
    softmax: tuple[bool | None, ...],
    *,
    switched: bool,
) -> None:
    answers = {"gumbel_bids": gumbel, "softmax_bids": softmax}
    monkeypatch.setattr(cells, "audit_answers", lambda name, _given: answers[name])
    assert cells.switches_independence(MAIN) is switched


def test_every_cell_is_shown_judged_or_not() -> None:
    outcome = judged(claim, world(chain_in_place__first=400))
    values = {detail.label: detail.value for detail in outcome.result.details}
    last, first = (
        f"{MAIN}, {name}: softmax bids over Gumbel bids"
        for name in ("linear chain, last", "chain in place, first")
    )
    assert (values[last], values[first]) == pytest.approx((2, 4), rel=0.02)
    for cell in CELLS[1:]:
        name = f"{cell}, 2 settings: softmax bids over Gumbel bids"
        assert values[name] == pytest.approx(2, rel=0.02)
    at = f"{MAIN}, 2 settings, after {{}} epochs of training: softmax bids over Gumbel bids"
    assert values[at.format(400)] == pytest.approx(8**0.5, rel=0.02)
    assert values[at.format(600)] == pytest.approx(2, rel=0.02)


def test_how_often_the_new_action_is_tried_at_first() -> None:
    table = judged(claim, world()).result.tables[-2]
    assert "Probability of the newly right action" in table.title
    said = {row[1]: row[3:] for row in table.rows}
    for setting in ("linear chain, last", "chain in place, last"):
        assert said[setting] == ("1 in 1,000",) * 3
    assert said["chain in place, middle"] == ("1 in 10",) * 3


def test_the_arms_of_a_cell_differ_in_nothing_but_the_learner() -> None:
    for block in needed():
        other = {"gumbel_bids": "softmax_bids", "softmax_bids": "gumbel_bids"}[block.algorithm]
        parent = block.parent and replace(block.parent, algorithm=other)
        assert replace(block, algorithm=other, parent=parent) in needed()
        loaded = algorithms.load(block.algorithm, **dict(block.hyperparameters))
        assert loaded.policy_lr == cells.POLICY_LR
        assert loaded.value_penalty == getattr(loaded, "entropy_bonus", 0) == 0
        assert block.parent is None or block.parent.hyperparameters == block.hyperparameters


def test_blocks() -> None:
    blocks = needed()
    assert len(set(blocks)) == len(blocks) == 2 * (4 + 1 + 4 + 3 * 2 + 2)
    transfers = [block for block in blocks if block.parent]
    caps = {(block.parent.epochs, block.epochs) for block in blocks if block.parent}
    assert caps == {(400, 5_000), (600, 2_000)}
    assert TRANSFER_CAP == 50_000  # of the protocol: the claim says that it departs from it
    assert {block.extra_epochs for block in transfers} == {0}
    assert training("gumbel_bids", MAIN, SEEDS).epochs == KEPT_EPOCHS[0]
    assert set(IN_PLACE) < set(SETTINGS)
    loaded = {
        (block.algorithm, *(getattr(loaded, name) for name in ("gae_lambda", "shared_value")))
        for block in blocks
        for loaded in [algorithms.load(block.algorithm, **dict(block.hyperparameters))]
    }
    assert len(loaded) == 2 * len(CELLS)
