"""Which tests are asked about a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checkout import PROJECT
from tests.mutants.suites import sources, suite


def test_every_file_is_asked_about_and_its_own_tests_come_first() -> None:
    found = sources(PROJECT)
    assert {"repro/judge.py", "repro/credit/vickrey.py", "claims/record.py"} <= set(found)
    for path in found:
        near, rest = suite(PROJECT, path)
        assert len({*near, *rest}) == len(near) + len(rest) > 5, path
        assert all((PROJECT / file).is_file() for file in (*near, *rest))


@pytest.mark.parametrize(
    ("path", "near", "among"),
    [
        (
            "repro/judge.py",
            ["tests/test_judge.py", "tests/test_judge_all.py"],
            "tests/claims/transfer",
        ),
        ("repro/causal/sums.py", ["tests/causal/test_sums.py"], "tests/claims/theory"),
        (
            "repro/causal/reductions.py",
            ["tests/causal/test_operators_reductions.py"],
            "tests/causal",
        ),
        ("repro/causal/layout.py", [], "tests/auditing"),
        ("claims/record.py", ["tests/claims/test_record.py"], "tests/claims"),
    ],
)
def test_by_name_then_by_folder(path: str, near: list[str], among: str) -> None:
    found, rest = suite(PROJECT, path)
    assert found == near
    assert among in {Path(file).parent.as_posix() for file in rest}
    assert "tests/test_store.py" not in rest
