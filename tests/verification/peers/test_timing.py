"""Timings with a clock by hand, and the rule of agreement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.verification.peers import __main__ as peers
from tests.verification.peers.timing import Comparison, Program, Speed, speeds

if TYPE_CHECKING:
    from pathlib import Path


def test_programs_take_turns_and_are_warm() -> None:
    now, ran = [0.0], list[str]()

    def program(name: str, *seconds: float) -> Program:
        times = list(seconds)

        def run() -> None:
            ran.append(name)
            now[0] += times.pop(0)

        return Program(name, "ppo", 100, run)

    first, second = speeds(
        [program("a", 50, 1, 4, 2), program("b", 70, 10, 10, 5)], rounds=3, clock=lambda: now[0]
    )
    assert "".join(ran) == "abababab"
    assert list(first.rates) == [100, 25, 50]
    assert (first.median, second.median) == (50, 10)


def test_agreement_by_hand() -> None:
    ours = np.array([[1.0, 3.0], [2.0, 4.0]])  # run means 2 and 3
    theirs = np.array([[4.0, 4.0], [5.0, 7.0]])  # 4 and 6
    found = Comparison.of("ppo", ours, theirs)
    assert (found.ours, found.theirs) == (2.5, 5)
    # Variances of the means: 0.5 / 2 and 2 / 2.
    assert found.error == pytest.approx(1.25**0.5)
    assert found.agree
    assert not Comparison("ppo", 2.5, 7.2, 1.15).agree
    assert not Comparison("ppo", 2.5, -2.2, 1.15).agree
    # Neither may have learned nothing.
    assert Comparison("ppo", 2.5, 2.4, 1, least=2.4).agree
    assert not Comparison("ppo", 2.5, 2.3, 1, least=2.4).agree


def test_the_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: f"{name} 1")
    found = [
        Speed("this engine", "ppo", (4e6, 5e6, 9e6)),
        Speed("this engine", "cvs", (1e6, 1e6, 1e6)),
        Speed("JAX", "cvs", (4e4, 5e4, 5e4)),
    ]
    good, bad = Comparison("ppo", 0.2, 0.21, 0.01), Comparison("cvs", 0.2, 0.3, 0.01)
    made = peers.report([good, bad], found)
    assert made.facts["rows"] == [
        ("PPO, this engine", "5", "4 to 9", "1", "1"),
        ("CVS, this engine", "1", "1 to 1", "0.2", "1"),
        ("CVS, JAX", "0.05", "0.04 to 0.05", "0.01", "20"),
    ]
    assert len(made.problems) == 1
    assert made.conclude(tmp_path) == 1
    assert json.loads((tmp_path / "peers.json").read_text())["rows"][2][4] == "20"


def test_a_missing_peer_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(peers, "one_core", lambda: None)
    monkeypatch.setattr(peers, "importable", lambda name: name != "jax")
    assert peers.main([]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert " s  jax cannot be imported; `nox -s peers` installs what is compared here" in line
