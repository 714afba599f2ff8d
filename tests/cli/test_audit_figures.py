"""Figures of `python -m repro audit`: the graph, and what each gradient reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from repro import cli
from tests.cli.audit_rules import ONE_STEP, REINFORCE, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("ending", "begins"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_the_figure_has_the_witness_in_colour(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str, begins: bytes
) -> None:
    target = tmp_path / f"graph.{ending}"
    assert cli.main(["audit", write(tmp_path, REINFORCE), f"--figure={target}"]) == 1
    assert capsys.readouterr().err == ""
    drawn = target.read_bytes()
    assert drawn.startswith(begins)
    assert (b"#d55e00" in drawn) is (ending == "svg")
    assert {path.name for path in tmp_path.iterdir()} == {"my_rule.py", target.name}


def test_a_figure_without_witness_has_no_colour(tmp_path: Path) -> None:
    target = tmp_path / "graph.svg"
    assert cli.main(["audit", write(tmp_path, ONE_STEP), f"--figure={target}"]) == 0
    assert b"#d55e00" not in target.read_bytes()


def test_what_each_gradient_reads_is_drawn_and_in_the_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "reads.svg"
    rule = ONE_STEP.replace('{"A": -errors[0], "B": -errors[1]}', '{"A": -errors}')
    words = ["audit", write(tmp_path, rule), f"--reads={target}", "--json", "--per=step"]
    assert cli.main(words) == 0
    assert json.loads(capsys.readouterr().out)["reads"] == {
        "A[0]": ["values[0:2]", "rewards[0]"],
        "A[1]": ["values[1:3]", "rewards[1]"],
    }
    assert target.read_bytes().startswith(b"<?xml")
    nowhere = tmp_path / "none" / "reads.svg"
    assert cli.main(["audit", write(tmp_path, ONE_STEP), f"--reads={nowhere}"]) == 2
    assert "give another --reads" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["graph.pdf", "graph", "svg"])
def test_other_kinds_of_figure_are_rejected_before_the_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["audit", str(tmp_path / "none.py"), f"--figure={name}"])
    assert stopped.value.code == 2
    assert f"given '{name}'; expected a path that ends in .svg or .png" in capsys.readouterr().err


def test_a_figure_that_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "none" / "graph.svg"
    assert cli.main(["audit", write(tmp_path, ONE_STEP), f"--figure={target}"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert f"the figure cannot be written to {target}: No such file" in output.err
