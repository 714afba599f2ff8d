"""The workflows on GitHub: least permissions, a report even if checks fail, oldest and newest Python."""

from __future__ import annotations

import ast
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


def workflow(name: str) -> dict[str, Any]:
    text = (PROJECT / f".github/workflows/{name}.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


WORKFLOW = workflow("claims")
CLAIMS, PUBLISH = WORKFLOW["jobs"]["claims"], WORKFLOW["jobs"]["publish"]
WEEKLY = workflow("weekly")["jobs"]["session"]
NOXFILE = ast.parse((PROJECT / "noxfile.py").read_text(encoding="utf-8"))
NOTICES = PROJECT / ".github/not_judged"
ON_MAIN = "always() && github.event_name == 'push' && github.ref == 'refs/heads/main'"


def step(name: str) -> dict[str, Any]:
    """The one step of the first job whose name or action starts with `name`."""
    (found,) = (
        one for one in CLAIMS["steps"] if one.get("name", one.get("uses", "")).startswith(name)
    )
    return dict(found)


def bash(name: str, folder: Path, **environment: str) -> None:
    """Run a step's script as GitHub does."""
    subprocess.run(  # noqa: S603 - the project's own text
        ["/bin/bash", "-e", "-o", "pipefail", "-c", step(name)["run"]],
        cwd=folder,
        env={**os.environ, **environment},
        check=True,
    )


def supported() -> tuple[str, ...]:
    """The Python versions that noxfile.py supports, oldest first."""
    for node in NOXFILE.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SUPPORTED":
            found: tuple[str, ...] = ast.literal_eval(node.value)
            return found
    raise AssertionError("noxfile.py has no SUPPORTED")


def test_the_oldest_and_the_newest_python_are_tested() -> None:
    ends = [supported()[0], supported()[-1]]
    for job in (CLAIMS, WEEKLY):
        assert job["strategy"]["matrix"]["python"] == ends
        (setup,) = (one for one in job["steps"] if "setup-python" in one.get("uses", ""))
        assert setup["with"]["python-version"] == "${{ matrix.python }}"
        assert job["strategy"]["fail-fast"] is False  # one version's failure hides no other's


def test_weekly_sessions_exist_and_all_pythons_are_compared() -> None:
    matrix = WEEKLY["strategy"]["matrix"]
    sessions = {node.name for node in NOXFILE.body if isinstance(node, ast.FunctionDef)}
    (compared,) = (one for one in matrix["include"] if one["session"] == "pythons")
    assert {*matrix["session"], *(one["session"] for one in matrix["include"])} <= sessions
    assert tuple(compared["python"].split()) == supported()


def test_the_job_that_may_publish_runs_no_code_of_the_checkout() -> None:
    (only,) = PUBLISH["steps"]
    assert only["uses"].startswith("actions/deploy-pages@")
    assert "run" not in only


def test_only_pushes_to_main_are_published_even_if_checks_fail() -> None:
    assert PUBLISH["needs"] == "claims"
    assert PUBLISH["if"] == ON_MAIN
    # Two jobs run; one of them publishes.
    assert step("Hand the report")["if"] == f"{ON_MAIN} && matrix.python == '{supported()[0]}'"
    assert PUBLISH["environment"]["name"] == "github-pages"
    for name in ("Summarise", "Keep the report", "Put notices"):
        assert step(name)["if"] == "always()"


def test_an_older_report_cannot_overtake_a_newer_one() -> None:
    runs, deployments = WORKFLOW["concurrency"], PUBLISH["concurrency"]
    assert runs["group"] == "claims-${{ github.ref }}"
    assert runs["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"
    assert deployments["cancel-in-progress"] is False


def test_the_published_report_is_that_of_the_paper_tier() -> None:
    """The command without options writes its folder; every other command names another folder."""
    assert step("Hand the report")["with"]["path"] == "build/claims/"
    kept = step("Keep the report")["with"]
    assert kept["path"] == "build/claims/"
    assert kept["name"] == "claims-${{ matrix.python }}"
    commands = re.findall(
        "^nox -s verify_claims.*$", (PROJECT / ".ci/run").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert commands.count("nox -s verify_claims") == 1
    others = [command for command in commands if command != "nox -s verify_claims"]
    assert others
    assert all(re.search(r" --out build/(?!claims\b)\w", command) for command in others)


@pytest.mark.parametrize(
    ("files", "summary"),
    [
        ({"report.md": "## Claims\n"}, "before\n## Claims\n"),
        ({}, "before\nThere is no report of the claims. The log says why.\n"),
    ],
)
def test_the_report_is_appended_to_the_summary(
    tmp_path: Path, files: Mapping[str, str], summary: str
) -> None:
    written = tmp_path / "summary.md"
    written.write_text("before\n", encoding="utf-8")
    (tmp_path / "build/claims").mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / "build/claims" / name).write_text(text, encoding="utf-8")
    bash("Summarise", tmp_path, GITHUB_STEP_SUMMARY=str(written))
    assert written.read_text(encoding="utf-8") == summary


@pytest.mark.parametrize("made", [(), ("badge.svg", "badge.json", "index.html"), ("badge.json",)])
def test_notices_replace_missing_files(tmp_path: Path, made: tuple[str, ...]) -> None:
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
    bash("Put notices", tmp_path)
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


def test_what_one_run_of_the_tests_leaves_out_the_other_runs() -> None:
    lines = (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert {"nox -s tests", "nox -s tests -- -m slow"} <= set(lines)
    (session,) = (node for node in NOXFILE.body if getattr(node, "name", "") == "tests")
    assert "session.posargs or ['-m', 'not slow']" in ast.unparse(session)
