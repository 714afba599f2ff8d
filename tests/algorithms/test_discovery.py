"""Discovery of algorithms: new files are found; unknown names get a suggestion."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from repro import algorithms
from repro.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEW = """
from repro.algorithms.ppo import PPO
from repro.algorithms.clipped_policy import ClippedPolicy

class New(ClippedPolicy):
    name = "{name}"
    factorised = False
"""


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Create a second folder that discovery searches."""
    before = set(sys.modules)
    monkeypatch.setattr(algorithms, "__path__", [*algorithms.__path__, str(tmp_path)])
    algorithms._found.cache_clear()
    yield tmp_path
    algorithms._found.cache_clear()
    for added in set(sys.modules) - before:
        del sys.modules[added]


def test_the_algorithms_of_the_talk_are_found() -> None:
    assert {"cvs", "ppo", "ppof"} <= set(algorithms.algorithm_names())
    assert list(algorithms.algorithm_names()) == sorted(algorithms.algorithm_names())


def test_a_file_added_is_found(shelf: Path) -> None:
    (shelf / "shelved.py").write_text(NEW.format(name="shelved"), encoding="utf-8")
    assert "shelved" in algorithms.algorithm_names()
    assert algorithms.load("shelved").name == "shelved"
    # A class that a module imports counts only once.
    assert type(algorithms.load("ppo")).__module__ == "repro.algorithms.ppo"


def test_two_algorithms_of_one_name_are_an_error(shelf: Path) -> None:
    (shelf / "shelved.py").write_text(NEW.format(name="cvs"), encoding="utf-8")
    with pytest.raises(UserError, match=r"two algorithms are named 'cvs', in .*cvs.*shelved"):
        algorithms.algorithm_names()


def test_a_broken_file_is_named(shelf: Path) -> None:
    (shelf / "shelved.py").write_text("\nclass New(Nothing): ...\n", encoding="utf-8")
    with pytest.raises(
        UserError,
        match=r"^repro/algorithms/shelved\.py cannot be used: NameError: .*'Nothing' .*\(line 2\)$",
    ):
        algorithms.algorithm_names()


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(UserError, match=r"^unknown algorithm 'cvz'; did you mean cvs"):
        algorithms.load("cvz")


@pytest.mark.parametrize(
    "hyperparameters",
    [
        {"steps": 100, "minibatch": 64},
        {"steps": 32},
        {"minibatch": 64.0},
        {"hidden": 0},
        {"adam_beta_1": 1.0},
        {"adam_beta_2": -0.1},
        {"adam_beta_2": float("nan")},
        {"factorised": True},
        {"name": "other"},
    ],
)
def test_invalid_hyperparameters_are_an_error(hyperparameters: dict[str, object]) -> None:
    with pytest.raises(UserError, match="ppo"):
        algorithms.load("ppo", **hyperparameters)
