"""Examples in docstrings run and print what they show."""

from __future__ import annotations

import doctest
import importlib
import inspect
from pathlib import Path

import pytest

import repro
from repro import causal, credit, protocol, records, statistics
from repro.paths import PROJECT

FILES = sorted((PROJECT / "repro").rglob("*.py"))
WITH_EXAMPLES = [
    ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")
    for path in FILES
    if ">>> " in path.read_text(encoding="utf-8")
]
FRONT: tuple[object, ...] = (
    repro,  # the package: its page shows what it offers
    repro.load_shipped,
    repro.ratio,
    repro.judge,
    causal.audit,
    causal.assert_modular,
    causal.audit_diff,
    causal.d_separated,
    causal.Graph,
    protocol.Block,
    protocol.transfer,
    records,  # the package: its page shows a store
    statistics.ratio_of_means,
    statistics.epochs_to_convergence,
)
"""What a newcomer uses first."""
RULES = [
    function
    for path in sorted(Path(credit.__file__).parent.glob("[!_]*.py"))
    for module in [importlib.import_module(f"repro.credit.{path.stem}")]
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if not name.startswith("_") and function.__module__ == module.__name__
]


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_print_what_they_show(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("thing", [*FRONT, *RULES], ids=lambda thing: str(thing.__name__))
def test_what_a_newcomer_meets_first_has_an_example(thing: object) -> None:
    assert ">>> " in (inspect.getdoc(thing) or "")


def test_credit_rules_are_found() -> None:
    assert {"vickrey_utility", "sarsa_target", "reinforce_loss"} <= {
        rule.__name__ for rule in RULES
    }
