"""README, ARTIFACT and the page on running are correct: every command, table, link and picture."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships no types

from repro.cli import main
from repro.paths import PROJECT
from repro.report.documents import BADGE, VERDICTS, tabled
from repro.report.ladder import written_figure
from repro.report.published import unlike
from tests.support.cli_place import skip_drawing
from tests.support.documents import blocks, commands

if TYPE_CHECKING:
    from pathlib import Path

README = PROJECT / "README.md"
RUNNING = PROJECT / "repro" / "README.md"
PAGES = (README, PROJECT / "ARTIFACT.md", RUNNING)
LINKED = (*PAGES, PROJECT / "CONTRIBUTING.md", PROJECT / "repro" / "causal" / "README.md")
TABLES_OF = {
    "README.md": ["exceptions", "outcome", "ladder", "claims"],
    "ARTIFACT.md": ["memory", "artifact", "exceptions_apart"],
}
REMEDY = (
    "run `nox -s verify_claims -- --tier study`, `python -m repro ship` and `python -m repro docs`"
)
# A test must not install into its own environment; clusters have their own tests.
NOT_RUN = ("python -m pip install ", "dask ", "export PIP_EXTRA_INDEX_URL=")


def shown(beginning: str = "") -> list[str]:
    """All commands of the pages with this beginning, each once."""
    found = [
        c.words for p in PAGES for b in blocks(p) if b.language == "console" for c in commands(b)
    ]
    return [words for words in dict.fromkeys(found) if words.startswith(beginning)]


def verdicts() -> dict[str, Any]:
    body: dict[str, Any] = json.loads((PROJECT / VERDICTS).read_text(encoding="utf-8"))
    return body


def example(page: Path) -> str:
    """Return the only Python example of a page."""
    (found,) = (block.text for block in blocks(page) if block.language == "python")
    return found


def test_every_command_is_run_by_a_test_or_by_a_workflow() -> None:
    ci_lines = (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    run_there = {line.strip() for line in ci_lines}
    for workflow, job in (("claims", "beside"), ("weekly", "session")):
        text = (PROJECT / f".github/workflows/{workflow}.yml").read_text(encoding="utf-8")
        matrix = yaml.safe_load(text)["jobs"][job]["strategy"]["matrix"]
        run_there |= {f"nox -s {session}" for session in matrix["session"]}
    short = {*READERS, *shown("python -m repro new ")}
    for words in shown():
        assert words in run_there or words in short or words.startswith(NOT_RUN), words
    assert len(shown("nox -s ")) >= 6
    assert {"nox -s verify_claims", "nox -s tests"} <= run_there


LISTED, EXPLAINED, JUDGED = READERS = (
    "python -m repro list claims",
    "python -m repro explain transfer.headline",
    "python -m repro report --tier audit --json",
)


def output_of(words: str, capsys: pytest.CaptureFixture[str], *more: str, code: int = 0) -> str:
    """Run a command that the pages show, check its exit code, and return what it prints."""
    assert words in shown()
    assert main([*shlex.split(words)[3:], *more]) == code
    return capsys.readouterr().out


def test_the_list_has_every_claim_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    output_of(LISTED, capsys)
    rows = json.loads(output_of(LISTED, capsys, "--json"))
    claims = {claim["id"]: claim for claim in verdicts()["claims"]}
    listed_here = {row["claim"]: row for row in rows}
    assert set(claims) <= set(listed_here), REMEDY
    assert unpublished(listed_here, claims) == [], REMEDY
    for name, claim in claims.items():
        row = listed_here[name]
        listed = (row["title"], row["kind"], row["recorded"], row["required"], row["source"])
        source = " ".join(claim["source"])
        kept = (claim["title"], claim["kind"], claim["recorded"], claim["required"], source)
        assert listed == kept, REMEDY


def unpublished(listed: dict[str, Any], claims: dict[str, Any]) -> list[str]:
    """Return the required claims that are not published; an exploratory one may wait until it is shipped."""
    return [name for name, row in listed.items() if row["required"] and name not in claims]


def test_only_an_exploratory_claim_may_be_unpublished() -> None:
    listed = {"a.b": {"required": True}, "a.c": {"required": False}}
    assert unpublished(listed, {}) == ["a.b"]
    assert unpublished(listed, {"a.b": {}}) == []


def test_a_claim_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    text = output_of(EXPLAINED, capsys)
    assert "transfer.headline" in text
    assert "the two arms swapped" in text


@pytest.mark.slow
def test_shipped_runs_are_judged_to_what_is_published(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One claim; .ci/run compares all of them, by `python -m repro docs --check`."""
    skip_drawing(monkeypatch)
    one = "--claim=transfer.headline"
    body = json.loads(output_of(JUDGED, capsys, f"--out={tmp_path}", one))
    assert [claim["id"] for claim in body["claims"]] == ["transfer.headline"]
    assert unlike(tmp_path) == (1, []), REMEDY


@pytest.mark.parametrize("name", TABLES_OF)
def test_tables_are_current(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")
    assert re.findall(r"<!-- table: (\w+) -->", text) == TABLES_OF[name]
    assert tabled(text, verdicts()) == text, REMEDY


def test_the_badge_is_that_of_the_table() -> None:
    """It counts statements: claims of one group are one, which has the worst of their verdicts."""
    statements: dict[str, set[str]] = {}
    for claim in verdicts()["claims"]:
        if claim["kind"] in {"theory", "empirical"}:
            assert claim["verdict"] == claim["recorded"]
            statements.setdefault(claim["group"] or claim["id"], set()).add(claim["verdict"])
    order = ("not reproduced", "inconclusive", "reproduced")
    found = Counter(next(v for v in order if v in each) for each in statements.values())
    parts = [f"{found['reproduced']}/{len(statements)} statements reproduced"]
    parts += [f"{found[verdict]} {verdict}" for verdict in order[:2] if found[verdict]]
    badge = (PROJECT / BADGE).read_text(encoding="utf-8")
    (title,) = re.findall("<title>(.*)</title>", badge)
    assert title in {
        f"claims: {' · '.join([*parts, tier])}" for tier in ("paper tier", "study tier")
    }
    (alt,) = re.findall(r"\[!\[(.*?)\]\(data/badge\.svg\)\]", README.read_text(encoding="utf-8"))
    assert alt == "Statements of the talk that are reproduced"


def anchors(page: Path) -> set[str]:
    """Return the names by which links reach a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", LINKED, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_and_pictures_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", text)
    assert targets
    missing = []
    for name, place in targets:
        target = page.parent / name if name else page
        if not target.is_file() or (place and place not in anchors(target)):
            missing.append((name, place))
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_named_files_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    places = set(re.findall(r"`((?:repro|claims|data|tests)/[\w./]*)`", text))
    assert [place for place in places if not (PROJECT / place).exists()] == []


def test_the_picture_is_small() -> None:
    picture = (PROJECT / "data" / "report.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert 20_000 < len(picture) < 300_000


@pytest.mark.parametrize("words", shown("python -m repro new "))
def test_new_commands_write_their_file(
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for folder in ("claims/transfer", "repro/algorithms", "repro/tasks"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "__init__.py").touch()
    monkeypatch.setattr("repro.cli.new.PROJECT", tmp_path)
    assert main(shlex.split(words)[3:]) == 0
    (written,) = tmp_path.rglob("my_*.py")
    assert f"wrote {written.relative_to(tmp_path)}" in capsys.readouterr().out


def test_the_example_prints_the_shown_output(capsys: pytest.CaptureFixture[str]) -> None:
    code = example(README)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own README
    (promised,) = re.findall(r"print\(.*\)  # (.*)", code)
    assert capsys.readouterr().out == f"{promised}\n"


@pytest.mark.slow
def test_the_library_prints_the_published_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """The lines show no numbers, which would be typed by hand."""
    exec(compile(example(RUNNING), "README.md", "exec"), {})  # noqa: S102 - our own README
    (headline,) = (claim for claim in verdicts()["claims"] if claim["id"] == "transfer.headline")
    ratio, judged = capsys.readouterr().out.splitlines()
    assert f": {written_figure(headline['measured'])}, 30 and 30 runs" in ratio
    first = headline["subsamples"][0]
    assert f"{first['verdict']}, {written_figure(first['measured'])}; 2 of 2 controls" in judged
