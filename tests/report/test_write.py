"""The report's folder: its files, and what happens if one cannot be made."""

from __future__ import annotations

import csv
import resource
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from repro.errors import ClaimError, UserError
from repro.report import Section, write, write_report
from repro.report.badge import badge
from repro.report.badge_svg import to_svg
from repro.report.html import Drawn
from repro.report.markdown import to_markdown
from repro.storage.npz import write_whole
from tests.report.example import CLAIM, NOT, SOURCES, Page, claim, picture, run

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [("ppo", "linear_chain.last", 0, 512, False), ('cvs a="b",c', "x", 1, 12000, True)]


def test_the_folder_has_all_files(tmp_path: Path) -> None:
    result = run(claim(NOT, figures=("steps",)))
    folder = tmp_path / "build" / "claims"
    index = write_report(
        result,
        folder,
        sources=SOURCES,
        pictures=[picture("steps"), picture("ratio")],
        sections=[Section("Sanity", figures=("ratio",))],
        runs=ROWS,
    )
    assert index == folder / "index.html"
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert files == [
        "badge.json",
        "badge.svg",
        "claims.json",
        "figures/ratio.png",
        "figures/ratio.svg",
        "figures/steps.png",
        "figures/steps.svg",
        "index.html",
        "report.md",
        "runs.csv",
    ]
    assert (folder / "claims.json").read_text("utf-8") == result.to_json()
    assert (folder / "badge.json").read_text("utf-8") == badge(result).to_json()
    assert (folder / "badge.svg").read_text("utf-8") == to_svg(badge(result))
    assert (folder / "report.md").read_text("utf-8") == to_markdown(result)
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
    assert len(kept[0]) == 8


def test_a_picture_that_cannot_be_drawn_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = picture("broken")

    def fail(*_args: object, **_keywords: object) -> None:
        raise ZeroDivisionError("no <room>")

    monkeypatch.setattr(broken.figure, "savefig", fail)
    result = run(claim(NOT, figures=("broken", "steps")))
    index = write_report(
        result, tmp_path, sources=SOURCES, pictures=[broken, picture("steps")], runs=ROWS
    )
    shown = Page(index.read_text("utf-8"))
    assert "Figure broken could not be shown: ZeroDivisionError: no <room>" in shown.text
    assert len(shown.all("img")) == 1
    assert not list((tmp_path / "figures").glob("broken.*"))


def test_a_figure_file_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "figures" / "steps.svg").mkdir(parents=True)
    result = run(claim(NOT, figures=("steps",)))
    with pytest.raises(UserError, match=r"^figures/steps.svg: IsADirectoryError: .*; all other"):
        write_report(result, tmp_path, sources=SOURCES, pictures=[picture("steps")])
    shown = Page((tmp_path / "index.html").read_text("utf-8"))
    assert len(shown.all("img")) == 1  # the page has the figure, and does not need the file
    assert (tmp_path / "figures" / "steps.png").exists()


def test_on_a_full_disk_files_are_whole_or_absent(tmp_path: Path) -> None:
    """The system refuses to let any file grow beyond some size, in the middle of writing it."""
    small, large = (Drawn(n, "a line", f"<svg>{n * 99}</svg>".encode(), png=b"") for n in "sl")
    large = replace(large, svg=b"<svg>" + b" " * 40_000 + b"</svg>")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, limits[1]))
    try:
        with pytest.raises(UserError) as caught:
            write_report(run(CLAIM), tmp_path, sources=SOURCES, pictures=[large, small])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(caught.value) == (
        "figures/l.svg, index.html: OSError: File too large; all other files are written"
    )
    assert names(tmp_path) == {*FILES} - {"index.html"}
    assert names(tmp_path / "figures") == {"s.svg", "s.png", "l.png"}
    assert (tmp_path / "figures" / "s.svg").read_bytes() == small.svg


def test_without_a_paraphrase_nothing_is_written(tmp_path: Path) -> None:
    result = run(CLAIM, claim(NOT, id="b", source=("talk:44", "talk:7")))
    with pytest.raises(ClaimError, match="claim b cites talk:7"):
        write_report(result, tmp_path / "out", sources=SOURCES)
    assert not (tmp_path / "out").exists()


def test_two_pictures_with_the_same_name_are_refused(tmp_path: Path) -> None:
    same = [picture("steps"), picture("ratio"), picture("steps", "other words")]
    with pytest.raises(UserError, match="several figures named steps;"):
        write_report(run(CLAIM), tmp_path / "out", sources=SOURCES, pictures=same)
    assert not (tmp_path / "out").exists()


FILES = ("claims.json", "runs.csv", "badge.json", "badge.svg", "report.md", "index.html")
MAKERS = {"badge.svg": "to_svg", "report.md": "to_markdown", "index.html": "render"}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("name", MAKERS)
def test_if_a_file_cannot_be_made_the_others_are_written_and_no_old_one_remains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write_report(run(CLAIM), tmp_path, sources=SOURCES)

    def fail(*_args: object) -> str:
        raise ZeroDivisionError("no room")

    monkeypatch.setattr(write, MAKERS[name], fail)
    message = f"^{name}: ZeroDivisionError: no room; all other files are written$"
    with pytest.raises(UserError, match=message) as caught:
        write_report(run(claim(NOT)), tmp_path, sources=SOURCES)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert names(tmp_path) == {*FILES} - {name}
    assert (tmp_path / "claims.json").read_text("utf-8") == run(claim(NOT)).to_json()


@pytest.mark.parametrize("name", FILES)
def test_if_a_file_cannot_be_written_the_others_are(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(UserError, match=f"^{name}: IsADirectoryError: .*; all other files"):
        write_report(run(CLAIM), tmp_path, sources=SOURCES)
    assert names(tmp_path) == {*FILES} - {name}


def test_several_faults_are_all_reported(tmp_path: Path) -> None:
    (tmp_path / "badge.svg").mkdir()
    rows = (1 / 0 for _ in range(1))
    with pytest.raises(UserError, match=r"^runs.csv: ZeroDivision.*; badge.svg: IsADirectory"):
        write_report(run(CLAIM), tmp_path, sources=SOURCES, runs=rows)  # type: ignore[arg-type]  # they fail first
    assert names(tmp_path) == {*FILES} - {"runs.csv", "badge.svg"}


@pytest.mark.parametrize("name", FILES)
def test_a_killed_run_leaves_only_complete_files_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Killed while writing one file: no part of it remains, and nothing of an earlier run."""
    write_report(run(CLAIM), tmp_path, sources=SOURCES, runs=ROWS)

    def killed(path: Path, content: bytes) -> None:
        if path.name != name:
            write_whole(path, content)
            return
        path.with_name(f"{path.name}.here-1.tmp").write_bytes(content[:9])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(write, "write_whole", killed)
        with pytest.raises(KeyboardInterrupt):
            write_report(run(claim(NOT)), tmp_path, sources=SOURCES, runs=ROWS)
    left = names(tmp_path) - {f"{name}.here-1.tmp"}
    assert left == set(FILES[: FILES.index(name)])
    expected = tmp_path / "expected"
    write_report(run(claim(NOT)), expected, sources=SOURCES, runs=ROWS)
    assert all((tmp_path / one).read_bytes() == (expected / one).read_bytes() for one in left)
    write_report(run(claim(NOT)), tmp_path, sources=SOURCES, runs=ROWS)
    assert names(tmp_path) == {*FILES}
