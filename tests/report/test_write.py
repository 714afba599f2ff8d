"""The folder: its files, and what happens when one cannot be made."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from repro.errors import ClaimError, UserError
from repro.report import Section, write_report
from tests.report.example import CLAIM, NOT, SOURCES, Page, claim, picture, run

ROWS = [("ppo", "linear_chain.last", 0, 512, False), ('cvs a="b",c', "x", 1, 12000, True)]


def test_the_folder_holds_everything(tmp_path: Path) -> None:
    told = run(claim(NOT, figures=("steps",)))
    folder = tmp_path / "build" / "claims"
    index = write_report(
        told,
        folder,
        sources=SOURCES,
        pictures=[picture("steps"), picture("ratio")],
        sections=[Section("Sanity", figures=("ratio",))],
        runs=ROWS,
    )
    assert index == folder / "index.html"
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert files == [
        "claims.json",
        "figures/ratio.png",
        "figures/ratio.svg",
        "figures/steps.png",
        "figures/steps.svg",
        "index.html",
        "runs.csv",
    ]
    assert (folder / "claims.json").read_text("utf-8") == told.to_json()
    assert len(Page(index.read_text("utf-8")).all("img")) == 2


def test_runs_are_tidy(tmp_path: Path) -> None:
    write_report(run(CLAIM), tmp_path, sources=SOURCES, runs=ROWS)
    text = (tmp_path / "runs.csv").read_bytes().decode("utf-8")
    assert text.startswith(
        "algorithm,problem,seed,epochs,censored,tier\nppo,linear_chain.last,0,512,False,paper\n"
    )
    with (tmp_path / "runs.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file))[1:] == [[*map(str, row), "paper"] for row in ROWS]


def test_writing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    kept = []
    for _ in range(2):
        write_report(run(CLAIM), tmp_path, sources=SOURCES, pictures=[picture("steps")], runs=ROWS)
        kept.append({path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()})
    assert kept[0] == kept[1]
    assert len(kept[0]) == 5


def test_a_picture_that_cannot_be_drawn_leaves_the_report_standing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = picture("broken")

    def fail(*_args: object, **_keywords: object) -> None:
        raise ZeroDivisionError("no <room>")

    monkeypatch.setattr(broken.figure, "savefig", fail)
    told = run(claim(NOT, figures=("broken", "steps")))
    index = write_report(
        told, tmp_path, sources=SOURCES, pictures=[broken, picture("steps")], runs=ROWS
    )
    shown = Page(index.read_text("utf-8"))
    assert "Figure broken could not be shown: ZeroDivisionError: no <room>" in shown.text
    assert len(shown.all("img")) == 1
    assert not list((tmp_path / "figures").glob("broken.*"))


def test_a_figure_file_that_cannot_be_read_leaves_the_report_standing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "steps.svg":
            raise PermissionError("not yours")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    told = run(claim(NOT, figures=("steps",)))
    index = write_report(told, tmp_path, sources=SOURCES, pictures=[picture("steps")])
    text = Page(index.read_text("utf-8")).text
    assert "Figure steps could not be shown: PermissionError: not yours" in text


def test_a_line_without_paraphrase_stops_before_anything_is_written(tmp_path: Path) -> None:
    told = run(CLAIM, claim(NOT, id="b", source=("talk:44", "talk:7")))
    with pytest.raises(ClaimError, match="claim b cites talk:7"):
        write_report(told, tmp_path / "out", sources=SOURCES)
    assert not (tmp_path / "out").exists()


def test_two_pictures_of_one_name_are_refused(tmp_path: Path) -> None:
    same = [picture("steps"), picture("ratio"), picture("steps", "other words")]
    with pytest.raises(UserError, match="several figures named steps;"):
        write_report(run(CLAIM), tmp_path / "out", sources=SOURCES, pictures=same)
    assert not (tmp_path / "out").exists()
