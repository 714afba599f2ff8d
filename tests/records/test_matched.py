"""Records of matched blocks: their keys, their form on the disk, and what they are compared with."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from repro.errors import RecordError, UserError
from repro.protocol.blocks import pretraining, transfer
from repro.protocol.matched import Matched, matched
from repro.records import keys
from repro.records.compare import compare_sets
from repro.records.keys import MATCHING, key
from repro.records.record_format import file_stem, settings, to_block
from repro.records.record_set import RecordRef, read_set
from repro.records.shipped import Shipped
from repro.records.shipping import ship
from repro.storage.syntax_digest import code_digest, imported_modules
from repro.verdicts import Agreement
from tests.support.shipping import CLEAN, record, stored

if TYPE_CHECKING:
    from pathlib import Path

    from repro.protocol.blocks import Block

SEEDS = tuple(range(8))
PLAIN = transfer("ppof", "linear_chain.last", SEEDS)
REFERENCE = pretraining("cvs", "linear_chain", SEEDS)
BLOCK = matched(PLAIN, "matched_exploration", REFERENCE)
OTHERS = {
    "unmatched": PLAIN,
    "match": replace(BLOCK, match="matched_habit"),
    "reference": replace(BLOCK, reference=pretraining("ppo", "linear_chain", SEEDS)),
    "length": replace(BLOCK, reference=replace(REFERENCE, epochs=2000)),
    "parent": replace(BLOCK, parent=pretraining("ppof", "linear_chain", SEEDS, keep=())),
}


@pytest.mark.parametrize("other", OTHERS)
def test_the_key_depends_on_the_match_and_the_reference(other: str) -> None:
    assert key(OTHERS[other]) != key(BLOCK)


def test_the_code_of_matching_is_in_the_keys_of_matched_blocks_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = {block: key(block) for block in (BLOCK, PLAIN, REFERENCE)}

    def edited(modules: tuple[str, ...]) -> str:
        return "edited" if MATCHING in modules else code_digest(modules)

    monkeypatch.setattr(keys, "code_digest", edited)
    assert key(BLOCK) != before[BLOCK]
    assert key(PLAIN) == before[PLAIN]
    assert key(REFERENCE) == before[REFERENCE]


def test_all_code_that_matches_is_in_the_key_and_none_of_it_trains() -> None:
    matching = {"repro.training.matching", "repro.training.matches", "repro.training.chances"}
    followed = set(imported_modules((MATCHING,)))
    assert {*matching, "repro.statistics.winning_probability", "repro.training.start"} <= followed
    assert not (matching | {"repro.protocol.matched"}) & set(imported_modules((keys.TRAINING,)))


def test_other_versions_are_those_of_the_reference_too() -> None:
    old = {"numpy": "0"}
    assert key(BLOCK, old) != key(BLOCK)
    longer = replace(BLOCK, reference=replace(REFERENCE, epochs=2000))
    assert key(longer, old) != key(BLOCK, old)


def test_keys_of_other_blocks_are_what_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """With fixed code and versions, from before there were matched blocks."""
    monkeypatch.setattr(keys, "code_digest", lambda _: "code")
    block = transfer("cvs", "linear_chain.last", (0, 1), from_epoch=950)
    assert key(block, {"numpy": "0"}).startswith("d505a9f542bc9e3f")


@pytest.mark.parametrize("block", [BLOCK, OTHERS["match"], OTHERS["length"]])
def test_it_is_made_from_its_json(block: Block) -> None:
    body = json.loads(json.dumps(settings(block)))
    again = to_block(body)
    assert again == block
    assert isinstance(again, Matched)
    assert key(again) == key(block)
    assert settings(again) == settings(block)


def test_an_unmatched_blocks_json_does_not_name_a_match() -> None:
    assert not {"match", "reference"} & {*settings(PLAIN), *settings(REFERENCE)}


BROKEN: dict[str, list[Any]] = {
    "match": [7, None, "a b", "../x"],
    "reference": [7, None, {}, "cvs", settings(REFERENCE.with_seeds((1, 2)))],
    "parent": [None],
    "algorithm": ["../x"],
    "from_epoch": [950],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in BROKEN.items() for v in vs])
def test_what_is_no_matched_block_is_refused(name: str, value: object) -> None:
    with pytest.raises((ValueError, UserError), match=r"its |it names |expected "):
        to_block(json.loads(json.dumps({**settings(BLOCK), name: value})))


@pytest.mark.parametrize("missing", ["match", "reference"])
def test_half_a_match_is_refused(missing: str) -> None:
    body = {name: value for name, value in settings(BLOCK).items() if name != missing}
    with pytest.raises(ValueError, match=r"^its settings are not algorithm, "):
        to_block(body)


def test_it_is_shipped_and_read(tmp_path: Path) -> None:
    assert file_stem(BLOCK, "0") == "ppof-linear_chain.last-matched_exploration_cvs-0"
    records = stored(tmp_path / "store", record(BLOCK), record(PLAIN, 200))
    ship(records, tmp_path / "runs")
    shipped = Shipped(tmp_path / "runs")
    assert shipped.load(BLOCK).times.epochs.tolist() == records[0].times.epochs.tolist()
    assert shipped.load(BLOCK).times.epochs.tolist() != shipped.load(PLAIN).times.epochs.tolist()
    for folder in ("store", "runs"):
        assert {ref.block for ref in read_set(tmp_path / folder)} == {BLOCK, PLAIN}
    longer = replace(BLOCK, reference=replace(REFERENCE, keep=()))
    with pytest.raises(RecordError, match=r"holds no runs of ppof/\S+=cvs .* another reference;"):
        shipped.load(longer)


def made(block: Block, first: int = 300) -> RecordRef:
    found = record(block, first)
    return RecordRef.of(replace(found, provenance={**CLEAN, "processor": "fast"}))


@pytest.mark.parametrize("other", ["unmatched", "match", "reference"])
def test_blocks_that_are_matched_otherwise_are_not_compared(other: str) -> None:
    with pytest.raises(RecordError, match="no block is in both"):
        compare_sets([made(BLOCK)], [made(OTHERS[other])])


def test_sets_of_other_seeds_are_compared() -> None:
    (found,) = compare_sets([made(BLOCK)], [made(BLOCK.with_seeds(SEEDS[1:]), 301)]).blocks
    assert found.why == "other seeds"
    assert found.likeness is not Agreement.BROKEN
    (found,) = compare_sets([made(BLOCK)], [made(OTHERS["length"], 301)]).blocks
    assert found.why == "other pretraining"
