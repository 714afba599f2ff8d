"""JSON is valid on any stdout."""

from __future__ import annotations

import io
import json

import pytest

from repro.cli.printing import print_json


@pytest.mark.parametrize(
    ("encoding", "raw"), [("utf-8", True), ("ascii", False), ("latin-1", False)]
)
def test_json_is_valid_in_every_encoding(
    monkeypatch: pytest.MonkeyPatch, encoding: str, raw: bool
) -> None:
    body = {"is": "ε-greedy", "file": "rüle.py"}
    printed = io.BytesIO()
    stream = io.TextIOWrapper(printed, encoding=encoding, errors="backslashreplace")
    monkeypatch.setattr("sys.stdout", stream)
    print_json(body)
    stream.flush()
    assert json.loads(printed.getvalue().decode(encoding)) == body
    assert ("ε".encode() in printed.getvalue()) is raw
