"""The table of simulated worlds: written, read again, and refused if it is not valid."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest

from repro.errors import UserError
from repro.verdicts import Verdict
from repro.verdicts.operating_characteristics import (
    TABLE,
    Characteristic,
    Truth,
    load_characteristics,
    read,
    write,
)
from tests.verdicts.test_results import claim

if TYPE_CHECKING:
    from pathlib import Path

ROW = Characteristic('a "world", as it is', Truth.EDGE, "sd 0.1", 10, 400, 10, 30, 360)
TEXT = (
    "claim,world,truth,spread,runs,replications,reproduced,not_reproduced,inconclusive\n"
    'a.b,"a ""world"", as it is",on its margin,sd 0.1,10,400,10,30,360\n'
    'b.c,"a ""world"", as it is",false,sd 0.1,10,400,10,30,360\n'
    'b.c,"a ""world"", as it is",on its margin,sd 0.1,10,400,10,30,360\n'
)


def test_a_table_is_written_sorted_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    false = replace(ROW, truth=Truth.FALSE)
    write({"b.c": (false, ROW), "a.b": (ROW,)}, path)
    assert path.read_bytes().decode() == TEXT
    assert read(path) == {"a.b": (ROW,), "b.c": (false, ROW)}


def test_shares_are_of_all_data_sets() -> None:
    assert ROW.shares == (0.025, 0.075, 0.9)


@pytest.mark.parametrize(
    "counts", [(10, 30, 359), (-1, 41, 360), (10, 30, 361)], ids=["fewer", "negative", "more"]
)
def test_counts_must_add_up(counts: tuple[int, int, int]) -> None:
    reproduced, not_reproduced, inconclusive = counts
    with pytest.raises(UserError, match="expected counts that add up"):
        replace(
            ROW,
            reproduced=reproduced,
            not_reproduced=not_reproduced,
            inconclusive=inconclusive,
        )
    with pytest.raises(UserError, match="of 0 data sets"):
        Characteristic("w", Truth.TRUE, "s", 10, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("on its margin", "maybe"),
        (",400,", ",four,"),
        ("spread", "scatter"),
        (",360\n", "\n"),
        (",360\n", ",361\n"),
        ("claim,", "id,"),
    ],
)
def test_other_tables_are_refused(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(UserError):
        read(path)


def test_a_missing_table_names_the_command_that_writes_it(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"python -m tests\.verification\.operating_characteristics"
    ):
        read(tmp_path / "none.csv")


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"claim\n\xff\xfe\n")
    with pytest.raises(UserError, match="cannot be read"):
        read(path)


def test_the_project_s_table_is_loaded() -> None:
    assert load_characteristics() == read(TABLE)


def test_a_claim_s_json_has_its_rows() -> None:
    result = replace(claim(Verdict.REPRODUCED), characteristics=(ROW,)).to_dict()
    assert result["characteristics"] == (asdict(ROW),)
    assert result["characteristics"][0]["truth"] == "on its margin"
