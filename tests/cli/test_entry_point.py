"""The command line as a whole: help, version, errors, and a pipe that is closed early."""

from __future__ import annotations

import errno
import io
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import pytest

from repro import cli
from repro.cli import entry_point
from repro.paths import PROJECT
from repro.plugin.exit_codes import EXIT_CODES


def help_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return a command's help."""
    with pytest.raises(SystemExit) as stopped:
        cli.main([*words, "--help"])
    assert stopped.value.code == 0
    return capsys.readouterr().out


def test_without_words_it_prints_the_help_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("usage: python -m repro ")
    assert output.err == help_of(capsys)


def test_the_help_names_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    output = help_of(capsys)
    assert {"run", "report", "list", "explain", "audit", "new", "ship"} <= set(cli.commands())
    for name in cli.commands():
        assert re.search(rf"^    {name} +\w+", output, re.MULTILINE)
    for code in EXIT_CODES:
        assert re.search(rf"^ +{code}  \w+", output, re.MULTILINE)


@pytest.mark.parametrize("name", cli.commands())
def test_a_commands_help_has_examples_that_parse(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    output = help_of(capsys, name)
    about, _, below = output.partition("options:")
    assert len(about.split()) > 20
    examples = re.findall(r"^  python -m repro (.+)$", below, re.MULTILINE)
    assert len(examples) >= 2
    for example in examples:
        words = example.partition(" >")[0].split()
        assert entry_point._parser(words).parse_args(words).command
    codes = {int(code) for code in re.findall(r"^ +(\d+)  \w", below, re.MULTILINE)}
    assert {0, 2, 130} <= codes <= EXIT_CODES.keys() | {4}
    assert (4 in codes) is (name == "audit")
    assert max(map(len, output.splitlines())) <= 80


def test_the_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def version(_: str) -> str:
        return "1.2.3"

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    for found, head, shown in (
        (version, ("c0ffee", False), "1.2.3, commit c0ffee"),
        (version, ("c0ffee", True), "1.2.3, commit c0ffee with uncommitted changes"),
        (missing, (None, None), "(not installed), no commit: fatal: not yours"),
    ):
        monkeypatch.setattr(entry_point, "version", found)
        monkeypatch.setattr(entry_point, "commit", lambda head=head: head)
        monkeypatch.setattr(entry_point, "no_commit", lambda: "fatal: not yours")
        with pytest.raises(SystemExit) as stopped:
            cli.main(["--version"])
        assert stopped.value.code == 0
        assert capsys.readouterr().out == f"modularity-claims {shown}\n"


def test_the_distribution_has_this_name() -> None:
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'name = "{entry_point.DISTRIBUTION}"' in text


@pytest.mark.parametrize("words", [["rn"], ["--tier", "quick"], ["run", "--cla", "x"]])
def test_unknown_words(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(words)
    assert stopped.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("usage: python -m repro")
    assert "Traceback" not in output.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["lst"], "argument COMMAND: invalid choice: 'lst'; did you mean list?"),
        (["list", "task"], "argument what: invalid choice: 'task'; did you mean tasks?"),
        (["run", "--tier=papr"], "argument --tier: invalid choice: 'papr'; did you mean paper?"),
        (["list", "x"], "invalid choice: 'x'; one of: algorithms, claims, tasks"),
    ],
)
def test_a_misspelt_word_gets_a_suggestion(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(words)
    assert stopped.value.code == 2
    assert capsys.readouterr().err.endswith(f"{says}\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["explain", "a\0b"], r"error: given 'a\x00b'; expected words without the character NUL"),
        (["audit", "x" * 300], f"error: {'x' * 300}: File name too long; give another path"),
    ],
)
def test_words_that_cannot_be_paths(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 2
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", f"{says}\n")


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("repro.cli.list.listed_claims", full)
    assert cli.main(["list", "claims"]) == 2
    assert capsys.readouterr().err == "error: No space left on device; give another path\n"


def test_an_interruption_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("repro.cli.list.listed_claims", interrupted)
    assert cli.main(["list", "claims"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("out", "encoding", "shown"),
    [("\udcff", "utf-8", r"\udcff"), ("\u2713", "ascii", r"\u2713"), ("\u2713", "utf-8", "\u2713")],
)
def test_a_name_that_the_terminal_cannot_display(
    monkeypatch: pytest.MonkeyPatch, out: str, encoding: str, shown: str
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding))
    assert cli.main(["explain", "transfer.headline", "--out", out]) == 0
    assert f"there is no report in {shown}" in written.getvalue().decode(encoding)


def test_a_closed_pipe_is_not_an_error() -> None:
    """If `head` closes the pipe: no traceback, and the exit code that shells use."""
    process = subprocess.Popen(
        [sys.executable, "-m", "repro", "list", "tasks"],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    output = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), output) == (141, b"")
