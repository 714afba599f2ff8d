"""Arms are named by what they do not share."""

from __future__ import annotations

import numpy as np
import pytest

from repro.protocol.blocks import Block, pretraining, transfer
from repro.records.record import Record
from repro.statistics.convergence import epochs_to_convergence
from repro.summaries.arms import arm_labels
from repro.summaries.learning import convergence, curves, run_rows

LAST, SEEDS = "linear_chain.last", (0, 1)


def ppo(**words: float) -> Block:
    return transfer("ppo", LAST, SEEDS, hyperparameters=words)


@pytest.mark.parametrize(
    ("blocks", "labels"),
    [
        (
            [transfer(a, LAST, SEEDS) for a in ("cvs", "ppo", "q_learning")],
            ["CVS", "PPO", "Q-learning"],
        ),
        ([ppo(), ppo(minibatch=128)], ["PPO", "PPO, minibatch 128"]),
        ([ppo(minibatch=64), ppo(minibatch=128)], ["PPO, minibatch 64", "PPO, minibatch 128"]),
        # What all of them have in common is not said.
        ([ppo(minibatch=64, policy_lr=1e-6), ppo(minibatch=64)], ["PPO, policy lr 1e-06", "PPO"]),
        (
            [
                transfer("ppo", LAST, SEEDS, from_epoch=950),
                transfer("cvs", LAST, SEEDS, changes={"scale_concentrations": 2}),
                transfer(
                    "cvs", LAST, SEEDS, parent=pretraining("vickrey_society", "linear_chain", SEEDS)
                ),
            ],
            ["PPO, from epoch 950", "CVS, scale concentrations 2", "CVS, from CVS without clones"],
        ),
        ([ppo(minibatch=128)], ["PPO"]),
        ([], []),
    ],
)
def test_labels(blocks: list[Block], labels: list[str]) -> None:
    assert arm_labels(blocks) == labels


def test_figures_and_tables_show_the_labels() -> None:
    """Three arms of PPO were three lines under one legend entry "PPO"."""
    blocks = [ppo(), ppo(minibatch=128), transfer("ppo", LAST, SEEDS, from_epoch=950)]
    records = []
    for block in blocks:
        returns = (
            epochs_to_convergence([[0.1, 0.8], [0.2, 0.8]], window=1),
            [[0.1, 0.8], [0.2, 0.8]],
        )
        records.append(Record(block, np.array(returns[1]), returns[0], {}, {}, {}, {}))
    expected = ["PPO", "PPO, minibatch 128", "PPO, from epoch 950"]
    picture = curves(records)
    shown = [text.get_text() for text in picture.figure.legends[0].get_texts()]
    assert shown[:3] == expected
    axes = convergence({"Transfer": records}).figure.axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == expected
    assert [row[0] for row in run_rows(records)][::2] == [
        "ppo",
        "ppo minibatch=128",
        "ppo from=950",
    ]
