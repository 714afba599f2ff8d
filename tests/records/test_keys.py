"""A key depends on everything that a record's numbers depend on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro.errors import UserError
from repro.protocol.blocks import Block, transfer
from repro.records import keys
from repro.records.keys import key

BLOCK = Block("ppo", "linear_chain.training", (0, 1), epochs=3)


@pytest.mark.parametrize(
    "change",
    [
        {"algorithm": "ppof"},
        {"problem": "linear_chain.last"},
        {"seeds": (1, 0)},
        {"epochs": 4},
        {"extra_epochs": 0},
        {"bids": True},
        {"hyperparameters": (("policy_lr", 1e-5),)},
        {"parent": Block("ppo", "linear_chain.training", (0, 1), epochs=2)},
    ],
)
def test_every_field_of_a_block_is_in_the_key(change: dict[str, object]) -> None:
    assert key(replace(BLOCK, **change)) != key(BLOCK)  # type: ignore[arg-type]  # fields differ in type


def test_the_parents_fields_are_in_the_key() -> None:
    block = transfer("cvs", "linear_chain.last", (0,))
    assert block.parent is not None
    longer = replace(block, parent=replace(block.parent, epochs=block.parent.epochs + 1))
    assert key(longer) != key(block)


@pytest.mark.parametrize("module", ["versions", "code_digest"])
def test_versions_and_code_are_in_the_key(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    before = key(BLOCK)
    monkeypatch.setattr(keys, module, lambda *_: {"numpy": "0"})
    assert key(BLOCK) != before


def test_a_key_can_be_computed_for_other_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """They replace the parent's versions too."""
    block = transfer("cvs", "linear_chain.last", (0,))
    computed = key(block, {"numpy": "0"})
    assert computed != key(block)
    monkeypatch.setattr(keys, "versions", lambda: {"numpy": "0"})
    assert computed == key(block)


def test_naming_a_hyperparameter_at_its_default_leaves_the_key() -> None:
    """The key includes the values of all hyperparameters, also those at their defaults."""
    assert key(replace(BLOCK, hyperparameters=(("clip", 0.2),))) == key(BLOCK)


def test_an_unknown_name_is_an_error_that_lists_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean ppo"):
        key(replace(BLOCK, algorithm="poo"))
    with pytest.raises(UserError, match=r"linear_chain\.last"):
        key(replace(BLOCK, problem="linear_chain.lost"))
    with pytest.raises(UserError, match="policy_lr"):
        key(replace(BLOCK, hyperparameters=(("policy_rat", 1.0),)))
