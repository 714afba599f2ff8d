"""The clean room detects every violation, in rooms with a checkout of one file."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.verification.cleanroom.__main__ import follow
from tests.verification.cleanroom.room import Room
from tests.verification.cleanroom.stages import DocumentError, walk_through

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def room(tmp_path: Path) -> Room:
    project = tmp_path / "project"
    project.mkdir()
    (project / "kept.txt").write_text("as committed\n")
    for words in (
        "init --quiet",
        "add .",
        "-c user.name=a -c user.email=a@b commit --quiet --message=one",
    ):
        subprocess.run(("git", *words.split()), cwd=project, check=True)  # noqa: S603, S607 - the installed git
    (tmp_path / "room").mkdir()
    return Room(tmp_path / "room", project)


def shell(room: Room, *lines: str) -> None:
    code, printed = room.run(lines)
    assert code == 0, printed


def python(code: str) -> str:
    return f'{sys.executable} -c "{code}"'


def test_writing_inside_the_clone_passes(room: Room) -> None:
    inside = python("open('made.txt', 'w').close(); open('/dev/null', 'wb').close()")
    cached = "mkdir -p ~/.cache/pip/http && touch ~/.cache/pip/http/one"
    report = follow(room, {"writes": lambda room: shell(room, inside, cached)})
    assert report.problems == []
    assert (room.clone / "made.txt").exists()
    assert "nothing was written outside the clone" in report.text


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("mkdir -p ~/.cache/pip && touch ~/.cache/pipe", "home/.cache/pipe"),
        ("touch ~/.settings", "home/.settings"),
        ('touch "$TMPDIR/left"', "tmp/left"),
        ('mkdir "$TMPDIR/pytest-of-me" && touch "$TMPDIR/pytest-of-me/a"', "tmp/pytest-of-me/a"),
        (python("import pathlib; pathlib.Path('{}').mkdir()"), "{}"),
        (python("open('{}', 'a').close()"), "{}"),
        (python("import os; os.close(os.open('{}', os.O_CREAT))"), "{}"),
        (python("import os; open('a', 'w').close(); os.rename('a', '{}')"), "{}"),
    ],
    ids=[
        "next to a cache",
        "home",
        "temporary",
        "of a test",
        "folder",
        "appended",
        "created",
        "renamed",
    ],
)
def test_writing_outside_the_clone_is_reported(
    room: Room, tmp_path: Path, line: str, path: str
) -> None:
    elsewhere = str(tmp_path / "elsewhere")
    words = line.replace("{}", elsewhere)
    report = follow(room, {"writes": lambda room: shell(room, words)})
    assert report.problems
    assert path.replace("{}", elsewhere) in report.text


def test_the_first_stage_that_fails_ends_the_program(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrong(_: Room) -> None:
        raise DocumentError("python -m nothing", "no such thing")

    def never(_: Room) -> None:
        raise AssertionError

    assert follow(room, {"one": wrong, "two": never}).conclude(tmp_path) == 1
    printed = capsys.readouterr()
    assert printed.out == "✗ one\n"
    assert "no such thing" in printed.err
    assert "not as the document says: python -m nothing" in printed.err


def test_commands_stop_at_the_first_that_fails(room: Room) -> None:
    assert room.run(["echo one", "false", "echo two"]) == (1, "one\n")


def test_a_room_has_a_clean_environment(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTSIDE", "mine")
    monkeypatch.setenv("PIP_CACHE_DIR", "mine")
    monkeypatch.setenv("PIP_CERT", "needed")
    shell(room, "test -z $OUTSIDE", "test $PIP_CERT = needed", "! test $PIP_CACHE_DIR = mine")


def test_a_walkthrough_is_followed_and_undone(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "walk.md"
    fence = "```"
    text.write_text(
        f"# A walk\n\nIn `kept.txt`:\n\n{fence}diff\n-as committed\n+as edited\n{fence}\n\n"
        f"{fence}console\n$ cat kept.txt\nas edited\n{fence}\n"
    )
    monkeypatch.setattr("tests.verification.cleanroom.stages.CONTRIBUTING", text)
    monkeypatch.setattr("tests.verification.cleanroom.stages.ACTIVATE", "true")
    walk_through(room, "A walk")
    assert (room.clone / "kept.txt").read_text() == "as committed\n"
    text.write_text(text.read_text().replace("\nas edited\n", "\nas promised\n"))
    with pytest.raises(DocumentError, match="cat kept"):
        walk_through(room, "A walk")
