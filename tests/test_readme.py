"""What the README shows works as it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from repro.cli import main

if TYPE_CHECKING:
    import pytest

README = Path(__file__).resolve().parent.parent / "README.md"


def _example() -> str:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert isinstance(code, str)
    return code


def test_the_example_prints_what_stands_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    code = _example()
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own README
    (promised,) = re.findall(r"print\(.*\)  # (.*)", code)
    assert capsys.readouterr().out == f"{promised}\n"


def test_the_example_is_a_rule_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "my_rule.py"
    file.write_text(_example(), encoding="utf-8")
    picture = tmp_path / "rule.svg"
    assert main(["audit", str(file), "--figure", str(picture)]) == 1
    assert "log-sum-exp" in capsys.readouterr().out
    assert picture.read_text(encoding="utf-8").count("gradient of") >= 2
