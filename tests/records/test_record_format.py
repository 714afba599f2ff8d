"""The record format: blocks from JSON, and payloads that are not the ones described."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from repro.errors import UserError
from repro.protocol.blocks import pretraining, transfer
from repro.records.record_format import (
    describe,
    fault,
    read_payload,
    read_record,
    settings,
    to_block,
)
from repro.storage.npz import pack
from tests.support.shipping import record
from tests.support.stochastic import chain, install

if TYPE_CHECKING:
    from pathlib import Path

    from repro.protocol.blocks import Block
    from repro.records.record import Record

SEEDS = (0, 1, 2)
ONE = pretraining("cvs", "linear_chain", SEEDS, keep=())
TWO = replace(transfer("ppo", "linear_chain.last", SEEDS), hyperparameters=(("policy_lr", 4e-6),))


@pytest.mark.parametrize("block", [ONE, replace(TWO, bids=False)])
def test_what_is_described_is_read(tmp_path: Path, block: Any) -> None:  # noqa: ANN401 - a Block
    made = record(block)
    payload = pack(made.arrays)
    facts = json.loads(json.dumps(describe(block, payload)))
    (tmp_path / "a.npz").write_bytes(payload)
    read = read_record(to_block(facts["settings"]), read_payload(tmp_path / "a.npz", facts), facts)
    assert read.block == block
    assert read.provenance == facts
    assert read.arrays.keys() == made.arrays.keys()
    for name, values in made.arrays.items():
        np.testing.assert_array_equal(read.arrays[name], values)


def other_best(block: Block, best: float) -> Record:
    """Make a record whose runs converge at 0.8, or at another best return in the same epochs."""
    made = record(block)
    return replace(made, returns=made.returns * (best / 0.8))


def test_times_are_those_of_the_problems_own_best_return(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "linear_chain", chain(slip=0))
    made = other_best(ONE, 2.5)
    payload = pack(made.arrays)
    facts = json.loads(json.dumps(describe(ONE, payload)))
    assert facts["best_return"] == 2.5
    read = read_record(ONE, payload, facts)
    assert read.times.epochs.tolist() == [300, 301, 302]
    assert not read.times.censored.any()
    with pytest.raises(ValueError, match="its times do not follow from its returns"):
        read_record(ONE, payload, {**facts, "best_return": 2.4})
    del facts["best_return"]
    with pytest.raises(ValueError, match="its times do not follow from its returns"):
        read_record(ONE, payload, facts)


def test_the_protocols_best_return_is_not_written() -> None:
    assert set(describe(ONE, b"")) == {"block", "settings", "key", "sha256"}


@pytest.mark.parametrize("best", [0, 0.0, math.inf, math.nan, True, "0.8", None, [0.8], 10**400])
def test_a_best_return_that_is_none_is_refused(best: object) -> None:
    with pytest.raises(ValueError, match=r"^its best_return is .*; expected a "):
        read_record(ONE, pack(record(ONE).arrays), {"best_return": best})


def test_another_payload_is_refused_with_both_digests(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"other")
    facts = describe(ONE, b"payload")
    with pytest.raises(
        ValueError, match="its 5 bytes have the SHA-256 d9298a10d1b07358; expected "
    ):
        read_payload(tmp_path / "a.npz", facts)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FileNotFoundError(2, "No such file or directory", "a"), "No such file or directory"),
        (ValueError("its times"), "its times"),
        (KeyError("returns"), "KeyError: 'returns'"),
        (ValueError(), "ValueError: "),
        (ValueError("a\x1b[2J\nb"), "a\\x1b[2J\\nb"),
        (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero"),
        (UserError("no algorithm"), "no algorithm"),
    ],
)
def test_a_fault_is_described_on_one_line(error: Exception, text: str) -> None:
    assert fault(error) == text


def test_a_block_is_made_from_its_json() -> None:
    for block in (ONE, TWO, replace(ONE, extra_epochs=0, bids=True)):
        assert to_block(json.loads(json.dumps(settings(block)))) == block


BROKEN: dict[str, Any] = {
    "algorithm": [7, "", "../x", "/etc/passwd", "a\0b", "a" * 81, "\x1b[31m", "сvs", "a b"],  # noqa: RUF001 - a look-alike
    "problem": [None, "linear_chain/../../x", "a\nb"],
    "seeds": ["01", [0, 0], [], [-1, 2], [True], [1.0], [None]],
    "epochs": [0, 2.0, True, "9", None],
    "extra_epochs": [1.5, "0", False],
    "bids": [0, None, "yes"],
    "hyperparameters": [{}, [["x", "y"]], [["x"]], [[1, 2]], [["x", True]], [["../x", 1]], "ab"],
    "parent": [7, "cvs", {}, []],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in BROKEN.items() for v in vs])
def test_what_is_not_a_block_is_refused(name: str, value: object) -> None:
    body = {**json.loads(json.dumps(settings(ONE))), name: value}
    with pytest.raises((ValueError, UserError), match=r"its |it names |expected "):
        to_block(body)


def test_missing_and_unknown_fields_are_refused() -> None:
    body = settings(ONE)
    wrongs: list[object] = [
        {**body, "more": 1},
        {n: v for n, v in body.items() if n != "extra_epochs"},
        [],
        None,
    ]
    for wrong in wrongs:
        with pytest.raises(ValueError, match=r"^its settings are not algorithm, bids, changes, "):
            to_block(wrong)
