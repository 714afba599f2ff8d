"""`python -m repro new algorithm NAME --kind KIND`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repro import cli
from repro.cli import new
from tests.support.empty_checkout import make_empty_checkout

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout, to which the command writes."""
    made = make_empty_checkout(tmp_path)
    monkeypatch.setattr(new, "PROJECT", made)
    return made


@pytest.mark.parametrize(
    ("words", "base"),
    [
        ((), "ClippedPolicy"),
        (("--kind", "policy"), "ClippedPolicy"),
        (("--kind", "value"), "ValueLearner"),
        (("--kind", "auction"), "Auction"),
    ],
)
def test_each_kind_has_its_base_class(root: Path, words: tuple[str, ...], base: str) -> None:
    assert cli.main(["new", "algorithm", "my_rule", *words]) == 0
    text = (root / "repro" / "algorithms" / "my_rule.py").read_text()
    assert f"class MyRule({base}):" in text


def test_only_algorithms_have_kinds(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["new", "task", "my_task", "--kind", "value"]) == 2
    assert "given --kind for a task; only algorithms have kinds" in capsys.readouterr().err
    assert not (root / "repro" / "tasks" / "my_task.py").exists()


def test_a_kind_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["new", "algorithm", "my_rule", "--kind", "valeu"])
    assert stopped.value.code == 2
    assert "did you mean value" in capsys.readouterr().err
