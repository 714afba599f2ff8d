"""The example of an audited library on the page on audits prints what the page shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repro.paths import PROJECT
from tests.support.documents import blocks

if TYPE_CHECKING:
    import pytest


def test_the_example_of_a_library_prints_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    page = blocks(PROJECT / "repro" / "causal" / "README.md")
    (code,) = (block.text for block in page if "stable_baselines3" in block.text)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own page
    (promised,) = re.findall(r"print\(.*\)  # (.*)", code)
    assert capsys.readouterr().out == f"{promised}\n"
