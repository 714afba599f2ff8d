"""`python -m repro audit --algorithm NAME`: the answers of the claims, which build their rules themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from claims.theory._rules import trainer_inputs, trainer_rule
from claims.theory._shapes import Shape
from repro import algorithms, cli
from repro.causal import audit
from repro.cli.audit_algorithm import STEPS, algorithm_rule

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = Shape(tuple(range(STEPS)), tuple(range(STEPS)))


@pytest.mark.slow
@pytest.mark.parametrize("name", algorithms.algorithm_names())
def test_answers_are_those_of_the_claims_on_the_same_shape(name: str) -> None:
    here = audit(*algorithm_rule(name))
    there = audit(trainer_rule(name), trainer_inputs(name, SHAPE, seed=1))
    assert here.answer is there.answer
    assert [*here.pairs.values()] == [*there.pairs.values()]
    assert here.joined_as_coded == {
        tuple(f"mechanism {(*there.reads,).index(x)}" for x in pair)
        for pair in there.joined_as_coded
    }


@pytest.mark.parametrize(
    ("name", "code"), [("cvs", 0), ("ppo", 1), ("sarsa", 0), ("n_step_sarsa", 4)]
)
def test_exit_codes(capsys: pytest.CaptureFixture[str], name: str, code: int) -> None:
    """The talk's classification: policy gradients are not modular, single steps are (talk:213-230)."""
    assert cli.main(["audit", "--algorithm", name, "--json"]) == code
    body = json.loads(capsys.readouterr().out)
    assert len(body["pairs"]) == STEPS * (STEPS - 1) // 2
    assert cli.main(["audit", "--algorithm", name]) == code
    assert f"{name} on one episode of 3 steps" in capsys.readouterr().out


def test_a_file_or_an_algorithm_not_both_and_not_neither(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["audit"]) == 2
    assert "given neither FILE nor --algorithm; expected one of the two" in capsys.readouterr().err
    assert cli.main(["audit", str(tmp_path / "x.py"), "--algorithm", "cvs"]) == 2
    assert "given both FILE and --algorithm" in capsys.readouterr().err


def test_an_unknown_algorithm_is_named_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["audit", "--algorithm", "cvss"]) == 2
    assert "unknown algorithm 'cvss'; did you mean cvs" in capsys.readouterr().err
