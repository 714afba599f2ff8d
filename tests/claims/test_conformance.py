"""Tests that every claim must pass, new ones included."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from claims.transfer._arms import CONTINUED
from repro import algorithms, tasks
from repro.paths import CLAIMS
from repro.plugin.declaration import Declaration, declare
from repro.protocol import TIERS
from repro.report import load_sources
from repro.verdicts import load_characteristics

if TYPE_CHECKING:
    from collections.abc import Callable

    from repro.protocol import Block

    Claim = Callable[..., None]

FILES = sorted(CLAIMS.glob("*/[!_]*.py"))
FIXTURES = {"record", "runs", "seeds"}
EXPECTED_CLAIMS = 22
"""Number of claims at the first release; there must be at least as many."""
SIMULATED = {
    "bids.recovery",
    "bids.switch",
    "finding.bids_value",
    "finding.factorisation_share",
    "transfer.headline",
    "transfer.headline_direction",
    "transfer.independent_gradients",
    "transfer.nine_settings_ppo",
    "transfer.nine_settings_ppof",
    "transfer.training_efficiency",
}
"""Claims that are judged on runs; each has simulated worlds in data/characteristics.csv."""


def claims_in(path: Path) -> list[Claim]:
    """Return the claims of a file, as pytest finds them."""
    module = importlib.import_module(f"claims.{path.parent.name}.{path.stem}")
    return [value for name, value in vars(module).items() if name.startswith("test_")]


def declared(claim: Claim) -> Declaration:
    (marker,) = claim.pytestmark  # type: ignore[attr-defined] # pytest sets it
    assert (marker.name, marker.args) == ("claim", ())
    return declare(claim.__module__, marker.kwargs)


def chain(block: Block) -> list[Block]:
    """Return a block and the blocks that it continues."""
    return [block, *(chain(block.parent) if block.parent else [])]


def same_tables(one: str, other: str) -> bool:
    """Whether two problems are the same to an agent."""
    first, second = (tasks.problem(name).merged for name in (one, other))
    names = [field.name for field in fields(first)]
    return all(np.array_equal(getattr(first, name), getattr(second, name)) for name in names)


@pytest.fixture(params=FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def path(request: pytest.FixtureRequest) -> Path:
    found = request.param
    assert isinstance(found, Path)
    return found


@pytest.fixture
def claim(path: Path) -> Claim:
    """Each file has one claim."""
    (found,) = claims_in(path)
    return found


def test_all_claims_are_found_and_have_different_ids() -> None:
    ids = [declared(claim).id for path in FILES for claim in claims_in(path)]
    assert len(ids) == len(set(ids)) >= EXPECTED_CLAIMS
    assert "transfer.headline" in ids


def test_simulated_claims_exist() -> None:
    """A new claim needs no simulation; the report then says that it was not simulated."""
    about = {one.id: one.kind for one in (declared(claim) for p in FILES for claim in claims_in(p))}
    gone = sorted(set(load_characteristics()) - set(about))
    assert not gone, (
        f"{gone}: remove their cells from tests/verification/operating_characteristics/design.py, and run it again"
    )
    assert {about[one] for one in SIMULATED} == {"empirical", "finding"}
    assert set(load_characteristics()) >= SIMULATED


def test_its_file_has_a_docstring(path: Path, claim: Claim) -> None:
    module = inspect.getmodule(claim)
    assert module is not None
    assert module.__doc__
    assert module.__doc__.splitlines()[0].endswith((".", "?"))
    assert (path.parent / "__init__.py").exists()


def test_its_id_starts_with_its_folder(path: Path, claim: Claim) -> None:
    """A finding's id starts with "finding" in every folder."""
    assert declared(claim).id.partition(".")[0] in {path.parent.name, "finding"}


def test_its_fixtures_exist(claim: Claim) -> None:
    asked = set(inspect.signature(claim).parameters)
    assert "record" in asked <= FIXTURES
    # A claim without blocks has no runs to request.
    assert ("runs" in asked) == bool(declared(claim).blocks((0, 1)))


def test_its_texts_are_single_lines(claim: Claim) -> None:
    about = declared(claim)
    assert len(about.title) <= 80
    assert about.statement.endswith(".")
    for text in (about.title, about.statement, about.expected, about.differences, *about.controls):
        assert text == text.strip()
        assert "\n" not in text
        assert "  " not in text


def test_its_source_lines_are_paraphrased(claim: Claim) -> None:
    about = declared(claim)
    cited = load_sources().cite(about.id, about.source)
    assert [line for line, _ in cited] == list(about.source)
    assert len(set(about.source)) == len(about.source)


def test_its_differences_are_of_runs_that_start_as_its_own(claim: Claim) -> None:
    """A text that claims share must not say of runs from new weights that they continue from others."""
    about = declared(claim)
    starts = [needed.parent for tier in TIERS.values() for needed in about.blocks(tier.seeds)]
    if CONTINUED in about.differences:
        assert any(starts), (
            "differences: given those of transfers, but no run of this claim continues from another one; "
            "expected FRESH_DIFFERENCES of claims/transfer/_arms.py"
        )


def topology(block: Block) -> str:
    return block.problem.partition(".")[0]


def test_its_runs_can_be_trained(claim: Claim) -> None:
    for tier in TIERS.values():
        for needed in declared(claim).blocks(tier.seeds):
            for block in chain(needed):
                assert block.seeds == tier.seeds[: len(block.seeds)]  # all, or the first
                assert algorithms.load(block.algorithm, **dict(block.hyperparameters))
                # A transfer continues what was trained on its own topology, or on one with the same tables.
                start = tasks.problem(block.problem).pretraining
                assert (block.parent is None) == (start is None)
                if block.parent and start and topology(block.parent) != topology(block):
                    assert same_tables(block.parent.problem, start)
