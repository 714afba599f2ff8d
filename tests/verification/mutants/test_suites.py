"""Which tests are run for a mutated file."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro.paths import PROJECT
from tests.verification.mutants.suites import sources, suite


def test_every_mutated_file_has_tests() -> None:
    found = sources(PROJECT)
    assert {
        "repro/verdicts/rules.py",
        "repro/credit/vickrey.py",
        "repro/plugin/recorder.py",
        "repro/causal/tracing/operators/axes.py",
    } <= set(found)
    for path in found:
        near, rest = suite(PROJECT, path)
        assert len({*near, *rest}) == len(near) + len(rest) > 5, path
        assert all((PROJECT / file).is_file() for file in (*near, *rest))


@pytest.mark.parametrize(
    ("path", "near", "among"),
    [
        (
            "repro/verdicts/rules.py",
            ["tests/verdicts/test_rules.py", "tests/verdicts/test_rules_all.py"],
            "tests/claims/transfer",
        ),
        (
            "repro/causal/symbolic/flatten_sums.py",
            ["tests/causal/symbolic/test_flatten_sums.py"],
            "tests/claims/theory",
        ),
        (
            "repro/causal/tracing/operators/reductions.py",
            ["tests/causal/tracing/operators/test_reductions.py"],
            "tests/causal/auditing",
        ),
        ("repro/causal/tracing/operators/axes.py", [], "tests/cli"),
        (
            "repro/plugin/recorder.py",
            ["tests/plugin/test_recorder.py", "tests/plugin/test_recorder_margins.py"],
            "tests/claims",
        ),
    ],
)
def test_tests_at_the_mirrored_path_come_first(path: str, near: list[str], among: str) -> None:
    found, rest = suite(PROJECT, path)
    assert found == near
    assert among in {Path(file).parent.as_posix() for file in rest}
    assert "tests/records/test_store.py" not in rest
