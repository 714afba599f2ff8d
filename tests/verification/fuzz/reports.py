"""Damaged files that are read again: reports, paraphrases, the comparison with Stable-Baselines3."""

from __future__ import annotations

import functools
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from repro.cli.explain_last_report import figure, last_judged
from repro.cli.explain_view import judged
from repro.errors import UserError
from repro.report import documents, load_sources
from repro.report.sb3_comparison import sb3_comparison
from repro.report.sources import SOURCES
from repro.storage.syntax_digest import code_digest
from repro.verdicts import Verdict
from tests.report.example import CLAIM, claim, run
from tests.verification.fuzz.bounds import ViolationError, one_error, refused
from tests.verification.fuzz.oddities import Made, damaged_json
from tests.verification.fuzz.running import Property

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MARKS = "<!-- table: claims -->\n<!-- end -->\n<!-- table: artifact -->\n<!-- end -->\n"
SECONDS = {"ppo/linear_chain.last": (10.0, 20.0)}
UNREADABLE = re.compile(r"cannot be read|there is no report|left it out|does not have it")


@functools.cache
def report() -> dict[str, Any]:
    """A sound report of three claims, of the study tier."""
    other = claim(Verdict.INCONCLUSIVE, id="transfer.other", n=None, censored=None)
    theory = claim(Verdict.REPRODUCED, id="theory.x", kind="theory", measured=None, checked=5)
    body: dict[str, Any] = json.loads(run(CLAIM, other, theory).to_json())
    facts = {
        "tier": "study",
        "dirty": False,
        "known": 3,
        "environment": {"processor": "P", "cores": 2},
    }
    return {**body, **facts}


@functools.cache
def comparison() -> dict[str, Any]:
    """A sound comparison with Stable-Baselines3."""
    packages = ("python", "torch", "processor", "stable-baselines3", "gymnasium")
    made = {
        "commit": "0ddba11",
        "dirty": False,
        "modules": ["repro.errors"],
        "code": code_digest(("repro.errors",)),
        "environment": dict.fromkeys(packages, "1"),
    }
    difference = {"quantity": "mean return", "ours": 0.25, "theirs": 0.3, "low": -0.1, "high": 0.2}
    return {
        "update": {"made": made, "head": ["case"], "rows": [["fresh"]], "tolerance": 1e-3},
        "curves": {
            "made": made,
            "problem": "linear_chain.training",
            "steps_per_epoch": 4096,
            "returns": {"here": [[0.1, 0.3], [0.2, 0.4]], "there": [[0.1, 0.5], [0.3, 0.4]]},
            "differences": [{**difference, "margin": 0.5}],
            "agree": True,
            "settings": {"head": ["setting"], "rows": [["discount"]]},
        },
    }


def check_last(made: Made) -> str:
    """`explain` shows a verdict of the last report, or why there is none."""
    Path("claims.json").write_bytes(made.what)
    last = last_judged(CLAIM.id, Path())
    if isinstance(last, str):
        if not UNREADABLE.search(last):
            raise ViolationError(f"expected a reason why there is not a verdict, given {last}")
        return one_error(last)
    text = judged(last)
    figure(last["measured"])
    verdict = text.partition(",")[0].partition(";")[0]
    if verdict not in {*Verdict}:
        raise ViolationError(f"{verdict!r} is not a verdict")
    return ""


def check_docs(made: Made) -> str:
    """Tables are made from a sound report, or nothing is written; each row is complete."""
    report_folder, project = Path("report"), Path("project")
    (project / "data").mkdir(parents=True)
    report_folder.mkdir()
    (report_folder / "claims.json").write_bytes(made.what)
    (report_folder / "badge.svg").write_text("<svg/>", encoding="utf-8")
    texts = [project / name for name in ("README.md", "ARTIFACT.md")]
    for text in texts:
        text.write_text(MARKS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "_seconds", lambda _: SECONDS)
        patch.setattr("sys.stderr", io.StringIO())
        error = refused(lambda: documents.update(report_folder, project))
    written = [text.read_text(encoding="utf-8") for text in texts]
    if error:
        if written != [MARKS, MARKS] or (project / documents.VERDICTS).exists():
            raise ViolationError(f"refused ({error}), but something was written")
        return error
    for table in written:
        widths = {line.count("|") for line in table.split("\n")[:-1] if not line.startswith("<!")}
        if len(widths) > 2:  # two tables with different numbers of columns
            raise ViolationError(f"a table has rows of different lengths: {table}")
    for one in json.loads((project / documents.VERDICTS).read_text(encoding="utf-8"))["claims"]:
        if one["verdict"] not in {*Verdict}:
            raise ViolationError(f"{one['verdict']!r} is not a verdict")
    return ""


def check_oracle(made: Made) -> str:
    """A comparison is shown, or refused with a reason."""
    path = Path("oracle.json")
    path.write_bytes(made.what)
    return refused(lambda: sb3_comparison(path))


def check_sources(made: Made) -> str:
    """Paraphrases are read, or refused with a reason."""
    path = Path("sources.json")
    path.write_bytes(made.what)

    def read() -> None:
        sources = load_sources(path)
        for line in ("talk:44", "talk:1", "talk:x"):
            try:
                sources.cite("a.b", [line])
            except UserError as error:
                one_error(str(error))

    return refused(read)


def _sources() -> SearchStrategy[Made]:
    return damaged_json(json.loads(SOURCES.read_text(encoding="utf-8")))


def all_of(kind: str = "records") -> list[Property]:
    """Return the properties of this kind for reports."""
    return [
        Property(kind, "last", lambda: damaged_json(report()), check_last, 500, 15),
        Property(kind, "docs", lambda: damaged_json(report()), check_docs, 500, 30),
        Property(kind, "oracle", lambda: damaged_json(comparison()), check_oracle, 250, 15),
        Property(kind, "sources", _sources, check_sources, 250, 20),
    ]
