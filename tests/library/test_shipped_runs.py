"""Runs are listed, found by words and by block, cut to some seeds, and written as rows."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.errors import RecordError, UserError
from repro.library import Runs, load_shipped
from repro.paths import SHIPPED
from repro.protocol import pretraining, transfer
from repro.records import Shipped, ship
from tests.library.conftest import FIVE, MIDDLE, TEN, TWO, transfers
from tests.support.shipping import record, stored

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (
    "ppo/linear_chain.middle",
    "cvs/linear_chain.middle",
    "ppo/linear_chain.middle/minibatch=128/policy_lr=4e-05",
    "ppo/linear_chain.middle/from=950/scale_logits=0.5",
    "cvs/linear_chain.first",
    "ppof/linear_chain.middle/matched_habit=cvs",
)


def test_all_blocks_are_listed(runs: Runs) -> None:
    assert runs.names == NAMES
    assert runs.blocks == tuple(transfers())
    assert len(runs) == 6
    assert [record.block for record in runs] == transfers()
    assert repr(runs) == ("<Runs: 6 blocks, 39 runs; algorithms: 3, problems: 2, seeds: 10-19>")


def test_listing_reads_no_record(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shipped, "load", None)
    runs = load_shipped(seeds=TWO, folder=folder).matching("cvs")
    assert runs.names == (NAMES[1], NAMES[4])


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (("ppo", MIDDLE), 0),
        ((MIDDLE, "ppo"), 0),
        (("ppo/linear_chain.middle",), 0),
        (("cvs", MIDDLE), 1),
        (("ppo", "minibatch=128"), 2),
        (("policy_lr",), 2),
        (("ppo", MIDDLE, "from=950"), 3),
        (("linear_chain.first",), 4),
        (("cvs", "linear_chain.first"), 4),
        (("matched_habit",), 5),
        ((NAMES[3],), 3),
    ],
)
def test_words_find_a_block(runs: Runs, words: tuple[str, ...], number: int) -> None:
    assert runs[words].block == transfers()[number]
    if len(words) == 1:
        assert runs[words[0]].block == transfers()[number]


def test_a_number_of_epochs_need_not_be_said(tmp_path: Path) -> None:
    """The shipped block "ppo/linear_chain.middle/epochs=60" is the only one of its arm."""
    short = [replace(transfer("ppo", MIDDLE, TWO, from_epoch=e), epochs=60) for e in (None, 950)]
    ship(stored(tmp_path / "store", *(record(one, 20) for one in short)), tmp_path / "runs")
    found = load_shipped(folder=tmp_path / "runs")["ppo", MIDDLE]
    assert found.block.name == "ppo/linear_chain.middle/epochs=60"


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (("ppo",), (0, 2, 3)),
        (("cvs",), (1, 4)),
        (("linear_chain", "ppo"), (0, 2, 3)),
        (("from",), (3,)),
        (("ppo/linear_chain.middle",), (0, 2, 3)),
    ],
)
def test_blocks_match_words(runs: Runs, words: tuple[str, ...], numbers: tuple[int, ...]) -> None:
    assert runs.matching(*words).names == tuple(NAMES[number] for number in numbers)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("ppp", "unknown word 'ppp'; did you mean ppo or ppof"),
        (
            ("ppo", "linear_chain.midle"),
            "unknown word 'linear_chain.midle'; did you mean linear_chain.middle",
        ),
        (
            ("ppo", "linear_chain.first"),
            r"no block has all of the words ppo linear_chain.first; .*matching\('ppo'\)",
        ),
        (
            "cvs",
            "2 blocks have the words cvs: cvs/linear_chain.middle, cvs/linear_chain.first; give more words",
        ),
        ("linear_chain", "6 blocks have .*, …; give more words"),
    ],
)
def test_words_that_do_not_find_one_block(
    runs: Runs, words: str | tuple[str, ...], error: str
) -> None:
    with pytest.raises(UserError, match=error):
        runs[words]


def test_a_block_finds_its_runs(runs: Runs) -> None:
    block = transfer("cvs", MIDDLE, (12, 17))
    found = runs[block]
    assert found.block == block
    assert found.times.epochs.tolist() == [120, 170]
    assert runs[transfers()[5]].block == transfers()[5]


def test_a_block_that_is_not_there(runs: Runs) -> None:
    with pytest.raises(UserError, match=r"given the seeds 19-20; expected some of 10-19, which"):
        runs[transfer("cvs", MIDDLE, (20, 19))]
    with pytest.raises(RecordError, match=r"no runs of cvs/linear_chain\.middle/minibatch=64"):
        runs[transfer("cvs", MIDDLE, TEN, hyperparameters={"minibatch": 64})]
    with pytest.raises(
        UserError, match=r"cvs/linear_chain\.middle is not among these runs \(<Runs"
    ):
        runs.matching("ppo")[transfer("cvs", MIDDLE, TEN)]


def test_some_seeds_are_as_if_the_others_had_not_been_trained(runs: Runs) -> None:
    some = runs.of_seeds([14, 13, 16])
    assert some.seeds == (13, 14, 16)
    assert some.names == NAMES[:4]  # two blocks have none of these seeds
    assert [block.seeds for block in some.blocks] == [(13, 14, 16)] * 2 + [(13, 14), (13, 14, 16)]
    assert some["cvs"].times.epochs.tolist() == [130, 140, 160]
    assert some["cvs"].returns.shape == (3, 160 + 29 + 0)
    assert [record.block for record in some] == list(some.blocks)
    assert some.of_seeds([16]).names == (*NAMES[:2], NAMES[3])
    whole = runs.of_seeds(range(10, 20))
    assert whole.blocks == runs.blocks


@pytest.mark.parametrize(
    ("seeds", "error"),
    [
        ((), "given no seeds; expected some of 10-19"),
        ((9, 10), "given the seeds 9-10; expected some of 10-19, which these runs have"),
    ],
)
def test_seeds_that_are_not_there(runs: Runs, seeds: tuple[int, ...], error: str) -> None:
    with pytest.raises(UserError, match=error):
        runs.of_seeds(seeds)


def test_each_run_is_a_row(runs: Runs) -> None:
    rows = runs.rows()
    assert len(rows) == 39
    assert rows[1] == {
        "algorithm": "ppo",
        "problem": MIDDLE,
        "parent": "ppo/linear_chain.training",
        "from_epoch": 2450,
        "hyperparameters": "",
        "changes": "",
        "most_epochs": 50_000,
        "seed": 11,
        "epochs_to_convergence": 50_000,
        "censored": True,
        "block": NAMES[0],
    }
    (changed,) = (row for row in rows if row["block"] == NAMES[2] and row["seed"] == 12)
    assert changed["hyperparameters"] == "minibatch=128 policy_lr=4e-05"
    assert changed["parent"] == "ppo/linear_chain.training/minibatch=128/policy_lr=4e-05"
    assert (changed["epochs_to_convergence"], changed["censored"]) == (302, False)
    (early,) = (row for row in rows if row["block"] == NAMES[3] and row["seed"] == 10)
    assert (early["from_epoch"], early["changes"]) == (950, "scale_logits=0.5")


def test_initial_weights_are_epoch_0_of_no_parent() -> None:
    found = load_shipped(seeds=FIVE).matching("ppo", "linear_chain.training", "minibatch")
    training = pretraining("ppo", "linear_chain", FIVE, hyperparameters={"minibatch": 128})
    assert found.blocks == (training,)
    assert {(row["parent"], row["from_epoch"]) for row in found.rows()} == {("", 0)}


def test_a_data_frame_is_made_of_the_rows(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """`nox -s tour` uses the real pandas, which is optional."""
    monkeypatch.setitem(
        sys.modules, "pandas", SimpleNamespace(DataFrame=lambda rows: ("frame", rows))
    )
    assert runs.to_frame() == ("frame", runs.rows())


def test_without_pandas_one_line_says_what_to_install(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(
        UserError, match=r"needs pandas, .*'\.\[notebook\]' .*or use rows\(\)"
    ) as error:
        runs.to_frame()
    assert "\n" not in str(error.value)


def test_the_shipped_runs_are_those_of_the_manifest() -> None:
    runs = load_shipped()
    assert len(runs) == len(Shipped(SHIPPED).manifest["blocks"])
    assert len(set(runs.names)) == len(runs)
    assert runs.seeds == tuple(range(10, 40))
    whole, some = runs["cvs", MIDDLE], load_shipped(seeds=range(20, 30))["cvs", MIDDLE]
    assert whole.block == transfer("cvs", MIDDLE, tuple(range(10, 40)))
    assert np.array_equal(some.times.epochs, whole.times.epochs[10:20])


def test_a_folder_without_runs(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"manifest\.json cannot be used"):
        load_shipped(folder=tmp_path)
