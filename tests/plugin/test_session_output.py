"""What a whole session prints: quiet, verbose, and in colour."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.plugin.conftest import claim, outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugin.conftest import Session

ALL_WORDS = (
    claim("a.reproduced", *outcome("REPRODUCED"))
    + claim("a.drift", *outcome("INCONCLUSIVE"), name="test_b")
    + claim(
        "a.better",
        *outcome("REPRODUCED"),
        name="test_c",
        recorded="'inconclusive'",
        reason="'x'",
    )
    + claim("a.flipped", *outcome("NOT"), name="test_d")
    + claim("a.bug", "1 / 0", name="test_e")
)


def test_quiet_output_ends_with_the_table(judge: Callable[..., Session]) -> None:
    session = judge("--tb=no", "-ra", one=ALL_WORDS)
    assert [line.partition("  ")[0] for line in session.out.strip().splitlines()] == [
        "verdict",
        "✓ reproduced",
        "! inconclusive",
        "! reproduced",
        "! not reproduced",
        "– not run",
        "",
        "a.drift drifted: recorded reproduced, now inconclusive; expected: above 1",
        "a.better drifted: recorded inconclusive, now reproduced; expected: above 1",
        "a.flipped flipped: recorded reproduced, now not reproduced; expected: above 1",
        "a.bug was not run: ZeroDivisionError: division by zero",
        "1 of 5 statements of the talk reproduced, 1 not reproduced, 2 inconclusive, 1 not run",
        "claims: 1 reproduced, 1 not reproduced (1 flipped), 1 inconclusive (1 drifted), 1 not run, 1 drifted",
    ]
    assert session.err == ""


def test_verbose_output_has_the_same_words(judge: Callable[..., Session]) -> None:
    session = judge("-v", "-ra", one=ALL_WORDS)
    assert "passed" not in session.out
    for test, word in (
        ("claim", "reproduced"),
        ("b", "inconclusive"),
        ("c", "drifted"),
        ("d", "not reproduced"),
        ("e", "failed"),
    ):
        assert re.search(rf"one\.py::test_{test} {word} +\[", session.out)
    assert session.out.index("short test summary") < session.out.index("\nverdict ")
    assert "1 failed, 1 reproduced, 1 inconclusive, 1 drifted, 1 not reproduced in" in session.out


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colours_follow_the_environment(
    judge: Callable[..., Session],
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    coloured: bool,
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    session = judge(one=ALL_WORDS)
    assert ("\x1b[32m✓ reproduced" in session.out) is coloured
    assert ("\x1b" in session.out) is coloured
