"""The report's section on the speed of other implementations, from a synthetic file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from repro.errors import UserError
from repro.report.peer_speeds import peer_speeds

if TYPE_CHECKING:
    from pathlib import Path

MEASURED: dict[str, Any] = {
    "commit": "0ddba11",
    "dirty": True,
    "environment": {
        "python": "3.11.7",
        "torch": "2.13.0",
        "processor": "a processor",
        "jax": "0.10.2",
        "stable-baselines3": "2.9.2",
    },
    "runs": 10,
    "head": ["algorithm", "faster by"],
    "rows": [["CVS, JAX", "20"]],
    "checks": [{"algorithm": "cvs", "ours": 0.2, "theirs": 0.25, "error": 0.125, "agree": True}],
}


def test_measurements_are_reported(tmp_path: Path) -> None:
    file = tmp_path / "peers.json"
    assert peer_speeds(file) == []
    file.write_text(json.dumps(MEASURED), encoding="utf-8")
    (section,) = peer_speeds(file)
    assert (section.head, section.rows) == (("algorithm", "faster by"), (("CVS, JAX", "20"),))
    assert "CVS 0.2000 here and 0.2500 in JAX (standard error 0.1250)" in section.text
    assert "at commit 0ddba11 with uncommitted changes, with jax 0.10.2" in section.text


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"checks": 7}', json.dumps(MEASURED | {"environment": None})]
)
def test_a_malformed_file_is_an_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "peers.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"not a file that `nox -s peers` wrote"):
        peer_speeds(file)
