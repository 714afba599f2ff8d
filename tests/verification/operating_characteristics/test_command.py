"""`python -m tests.verification.operating_characteristics`: what it simulates, and what it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repro.verdicts import Verdict
from repro.verdicts.operating_characteristics import TABLE, Truth, read, write
from tests.verification.operating_characteristics import __main__ as command
from tests.verification.operating_characteristics import study
from tests.verification.operating_characteristics.design import Cell

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from repro.verdicts import Characteristic

REPRODUCED, NOT, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE


def heads(rng: np.random.Generator, _runs: int) -> Verdict:
    return REPRODUCED if rng.random() < 0.75 else NOT


def certain(_rng: np.random.Generator, _runs: int) -> Verdict:
    return OPEN


def test_each_claim_gets_the_rows_of_its_cells_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [
        Cell(("b", "c"), "first", Truth.TRUE, "wide", heads),
        Cell(("b",), "second", Truth.EDGE, "wide", certain),
    ]
    monkeypatch.setattr(study, "cells", lambda: made)
    lines: list[str] = []
    rows = study.study(1, lines.append)
    assert {claim: [row.world for row in found] for claim, found in rows.items()} == {
        "b": ["first", "second"],
        "c": ["first"],
    }
    first, second = rows["b"]
    assert rows["c"] == (first,)
    assert (second.reproduced, second.not_reproduced, second.inconclusive) == (0, 0, 400)
    # 0.75 of 400, give or take four standard errors.
    assert 265 < first.reproduced < 335
    assert first.reproduced + first.not_reproduced == 400
    assert lines == ["b, c, n = 10: first, wide", "b, n = 10: second, wide"]


def test_the_command_writes_the_table_and_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def study(jobs: int, _done: object, _claims: object) -> dict[str, tuple[Characteristic, ...]]:
        asked.append(jobs)
        return read(TABLE)

    monkeypatch.setattr(command, "study", study)
    path = tmp_path / "table.csv"
    command.main(["--out", str(path), "--jobs", "3"])
    assert path.read_bytes() == TABLE.read_bytes()
    assert path.with_suffix(".md").read_bytes() == TABLE.with_suffix(".md").read_bytes()
    assert asked == [3]


def test_one_claim_alone_gets_the_rows_of_the_whole_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [
        Cell((claim,), "first", Truth.TRUE, "wide", heads)
        for claim in ("transfer.headline", "bids.switch")
    ]
    monkeypatch.setattr(study, "cells", lambda: made)
    monkeypatch.setattr(command, "text", lambda _table: "")  # it speaks of the real worlds
    whole = study.study(1)
    path = tmp_path / "table.csv"
    table = read(TABLE)
    write(table, path)
    command.main(["--out", str(path), "--jobs", "1", "--claim", "bids.switch"])
    assert read(path) == table | {"bids.switch": whole["bids.switch"]}


def test_a_claim_that_is_not_simulated_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--claim", "theory.acyclic"])
    assert "invalid choice: 'theory.acyclic'" in capsys.readouterr().err


def test_the_text_alone_simulates_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(command, "study")
    path = tmp_path / "table.csv"
    write(read(TABLE), path)
    command.main(["--out", str(path), "--text"])
    assert path.with_suffix(".md").read_bytes() == TABLE.with_suffix(".md").read_bytes()


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_jobs_are_whole_numbers(jobs: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--jobs", jobs])
    assert "expected a whole number above 0" in capsys.readouterr().err
