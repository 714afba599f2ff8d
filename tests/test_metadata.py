"""What archives, registries and containers read about the project agrees with pyproject.toml."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships no types

from repro.cli.entry_point import commands
from repro.paths import PROJECT

PYPROJECT: dict[str, Any] = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))[
    "project"
]
CODEMETA: dict[str, Any] = json.loads((PROJECT / "codemeta.json").read_text("utf-8"))
CITATION: dict[str, Any] = yaml.safe_load((PROJECT / "CITATION.cff").read_text("utf-8"))
DOCKERFILE = (PROJECT / "Dockerfile").read_text("utf-8")
REQUIRED = ("cff-version", "message", "title", "authors")
"""What every citation file must have, by the Citation File Format 1.2.0."""


@pytest.mark.parametrize("key", ["name", "description", "version", "keywords"])
def test_codemeta_agrees(key: str) -> None:
    assert CODEMETA[key] == PYPROJECT[key]


def test_codemeta_names_the_requirements() -> None:
    names = [re.split(r"[<>=!~\[]", line)[0] for line in PYPROJECT["dependencies"]]
    assert CODEMETA["softwareRequirements"] == names
    assert CODEMETA["runtimePlatform"] == f"Python {PYPROJECT['requires-python'][2:]} or later"


def test_the_citation_agrees_and_has_what_is_required() -> None:
    assert not set(REQUIRED) - set(CITATION)
    assert CITATION["version"] == PYPROJECT["version"]
    assert CITATION["license"] == PYPROJECT["license"] == CODEMETA["license"].rpartition("/")[2]
    assert CITATION["keywords"] == PYPROJECT["keywords"]


def test_both_cite_the_same_paper() -> None:
    cited, named = CITATION["preferred-citation"], CODEMETA["referencePublication"]
    assert cited["title"] == named["name"]
    assert str(cited["year"]) == named["datePublished"]
    assert [(one["family-names"], one["given-names"]) for one in cited["authors"]] == [
        (one["familyName"], one["givenName"]) for one in named["author"]
    ]


def test_the_image_has_the_oldest_python_and_runs_a_command_of_the_project() -> None:
    oldest = PYPROJECT["requires-python"].removeprefix(">=")
    assert f"FROM python:{oldest}-" in DOCKERFILE
    entry = json.loads(DOCKERFILE.rpartition("ENTRYPOINT ")[2])
    assert entry[:3] == ["python", "-m", "repro"]
    assert entry[3] in commands()


def test_the_image_runs_as_a_user_who_cannot_write_to_the_checkout() -> None:
    lines = DOCKERFILE.splitlines()
    assert "USER reviewer" in lines
    assert "chown" not in DOCKERFILE
    assert lines.index("USER reviewer") < lines.index("VOLUME /results")
