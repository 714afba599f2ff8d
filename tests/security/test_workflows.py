"""Every GitHub workflow has only the permissions it needs, no matter who sends a change."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships no types

from repro.paths import PROJECT

FOLDER = PROJECT / ".github" / "workflows"
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.iterdir())}
PERMISSIONS = {
    "claims.yml": {
        "claims": {"contents": "read"},
        "beside": {"contents": "read"},
        "attest": {"id-token": "write", "attestations": "write"},
        "publish": {"pages": "write", "id-token": "write"},
    },
    "weekly.yml": {"session": {"contents": "read"}},
}
ON = {
    "claims.yml": {"push": {"branches": ["main"]}, "pull_request": None, "workflow_dispatch": None},
    "weekly.yml": {"schedule": [{"cron": "17 3 * * 6"}], "workflow_dispatch": None},
}
TRUSTED = {
    "vars.PYTORCH_CPU_INDEX",
    "matrix.python",
    "matrix.session",
    "strategy.job-index",
    "steps.deployment.outputs.page_url",
}
"""Expressions in steps and jobs; the author of a pull request controls none of them."""


@pytest.fixture(params=TEXTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def workflow(name: str) -> dict[Any, Any]:
    return dict(yaml.safe_load(TEXTS[name]))


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in workflow(name)["jobs"].values() for step in job["steps"]]


def test_there_are_no_others() -> None:
    assert TEXTS.keys() == PERMISSIONS.keys() == ON.keys()


def test_each_job_has_only_the_permissions_it_needs(name: str) -> None:
    body = workflow(name)
    assert body["permissions"] == {}
    assert {n: job["permissions"] for n, job in body["jobs"].items()} == PERMISSIONS[name]


def test_triggers_give_no_outsider_our_permissions(name: str) -> None:
    assert workflow(name)[True] == ON[name]  # YAML reads "on" as a boolean
    for trigger in ("pull_request_target", "workflow_run", "issue_comment", "repository_dispatch"):
        assert trigger not in TEXTS[name]


def test_no_outside_text_reaches_a_shell(name: str) -> None:
    scripts = [step["run"] for step in steps(name) if "run" in step]
    assert scripts
    assert not any("${{" in script for script in scripts)
    given = [str(value) for step in steps(name) for value in step.get("env", {}).values()]
    given += [str(value) for step in steps(name) for value in step.get("with", {}).values()]
    given += [str(job.get("environment", "")) for job in workflow(name)["jobs"].values()]
    used = {match for text in given for match in re.findall(r"\$\{\{\s*(.*?)\s*\}\}", text)}
    assert used <= TRUSTED


def test_no_job_gets_a_secret_or_keeps_a_credential(name: str) -> None:
    assert "secrets" not in TEXTS[name]
    assert "GITHUB_TOKEN" not in TEXTS[name]
    assert "github.token" not in TEXTS[name]
    checkouts = [s for s in steps(name) if s.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert [step["with"]["persist-credentials"] for step in checkouts] == [False] * len(checkouts)


def test_actions_are_githubs_own_and_pinned(name: str) -> None:
    used = [step["uses"] for step in steps(name) if "uses" in step]
    assert used
    assert [u for u in used if not re.fullmatch(r"actions/[a-z-]+@(v\d+|[0-9a-f]{40})", u)] == []


def test_every_job_has_a_time_limit(name: str) -> None:
    assert all(job["timeout-minutes"] <= 360 for job in workflow(name)["jobs"].values())


def test_the_sessions_exist() -> None:
    tree = ast.parse((PROJECT / "noxfile.py").read_text(encoding="utf-8"))
    sessions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for name, job in (("claims.yml", "beside"), ("weekly.yml", "session")):
        listed = workflow(name)["jobs"][job]["strategy"]["matrix"]["session"]
        assert listed
        assert {line.split()[0] for line in listed} <= sessions
