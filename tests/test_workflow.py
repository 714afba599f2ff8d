"""The workflow on GitHub that decides: least permissions, and a report however the checks end."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships no types

from repro.paths import PROJECT
from repro.report.badge import Badge
from repro.report.badge_svg import to_svg

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TEXT = (PROJECT / ".github/workflows/claims.yml").read_text(encoding="utf-8")
WORKFLOW = yaml.safe_load(TEXT)
CLAIMS, PUBLISH = WORKFLOW["jobs"]["claims"], WORKFLOW["jobs"]["publish"]
NOTICES = PROJECT / ".github/not_judged"
ON_MAIN = "always() && github.event_name == 'push' && github.ref == 'refs/heads/main'"


def step(name: str) -> dict[str, Any]:
    """The one step of the first job whose name or action begins so."""
    (found,) = (
        one for one in CLAIMS["steps"] if one.get("name", one.get("uses", "")).startswith(name)
    )
    return dict(found)


def bash(name: str, folder: Path, **environment: str) -> None:
    """Run a step as GitHub does."""
    subprocess.run(  # noqa: S603 - the project's own text
        ["/bin/bash", "-e", "-o", "pipefail", "-c", step(name)["run"]],
        cwd=folder,
        env={**os.environ, **environment},
        check=True,
    )


def test_the_job_that_may_publish_runs_no_code_of_the_checkout() -> None:
    (only,) = PUBLISH["steps"]
    assert only["uses"].startswith("actions/deploy-pages@")
    assert "run" not in only


def test_pushes_to_main_alone_are_published_however_they_end() -> None:
    assert PUBLISH["needs"] == "claims"
    assert PUBLISH["if"] == ON_MAIN
    assert step("Hand the report")["if"] == ON_MAIN
    assert PUBLISH["environment"]["name"] == "github-pages"
    for name in ("Summarise", "Keep the report", "Put a notice"):
        assert step(name)["if"] == "always()"


def test_an_older_report_cannot_overtake_a_newer_one() -> None:
    runs, deployments = WORKFLOW["concurrency"], PUBLISH["concurrency"]
    assert runs["group"] == "claims-${{ github.ref }}"
    assert runs["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"
    assert deployments["cancel-in-progress"] is False


def test_the_report_that_is_published_is_the_paper_tiers() -> None:
    """Its folder is written by the command without options; any other names a folder of its own."""
    assert step("Hand the report")["with"]["path"] == "build/claims/"
    assert step("Keep the report")["with"]["path"] == "build/claims/"
    commands = re.findall(
        "^.*verify_claims.*$", (PROJECT / ".ci/run").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert commands.count("nox -s verify_claims") == 1
    others = [command for command in commands if command != "nox -s verify_claims"]
    assert others
    assert all(re.search(r" --out build/(?!claims\b)\w", command) for command in others)


@pytest.mark.parametrize(
    ("files", "summary"),
    [
        ({"report.md": "## Claims\n"}, "before\n## Claims\n"),
        ({}, "before\nThere is no report of the claims: the log says what ended this run.\n"),
    ],
)
def test_the_summary_is_added(tmp_path: Path, files: Mapping[str, str], summary: str) -> None:
    written = tmp_path / "summary.md"
    written.write_text("before\n", encoding="utf-8")
    (tmp_path / "build/claims").mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / "build/claims" / name).write_text(text, encoding="utf-8")
    bash("Summarise", tmp_path, GITHUB_STEP_SUMMARY=str(written))
    assert written.read_text(encoding="utf-8") == summary


@pytest.mark.parametrize("made", [(), ("badge.svg", "badge.json", "index.html"), ("badge.json",)])
def test_a_notice_stands_for_what_was_not_made(tmp_path: Path, made: tuple[str, ...]) -> None:
    notices = tmp_path / ".github/not_judged"
    notices.mkdir(parents=True)
    kept = {path.name: path.read_text(encoding="utf-8") for path in NOTICES.iterdir()}
    for name, text in kept.items():
        (notices / name).write_text(text, encoding="utf-8")
    folder = tmp_path / "build/claims"
    if made:
        folder.mkdir(parents=True)
    for name in made:
        (folder / name).write_text("own", encoding="utf-8")
    bash("Put a notice", tmp_path)
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert found == {**kept, **dict.fromkeys(made, "own")}


def test_the_notices_are_a_red_badge_and_a_page() -> None:
    notice = Badge("not judged", "red")
    assert (NOTICES / "badge.json").read_text(encoding="utf-8") == notice.to_json()
    assert (NOTICES / "badge.svg").read_text(encoding="utf-8") == to_svg(notice)
    page = (NOTICES / "index.html").read_text(encoding="utf-8")
    assert 'alt="claims: not judged"' in page
    assert not re.search("https?:", page)
    assert sorted(path.name for path in NOTICES.iterdir()) == [
        "badge.json",
        "badge.svg",
        "index.html",
    ]
