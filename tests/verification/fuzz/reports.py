"""What was written to be read again: reports, paraphrases, a comparison; spoilt."""

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
from repro.verdicts.verdict import Verdict
from tests.report.example import CLAIM, claim, run
from tests.verification.fuzz.bounds import ViolationError, one_error, refused
from tests.verification.fuzz.oddities import Made, spoilt_file
from tests.verification.fuzz.running import Property

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MARKS = "<!-- table: claims -->\n<!-- end -->\n<!-- table: artifact -->\n<!-- end -->\n"
SECONDS = {"ppo/linear_chain.last": (10.0, 20.0)}
UNREADABLE = re.compile(r"cannot be read|there is no report|left it out|is without it")


@functools.cache
def report() -> dict[str, Any]:
    """A sound report of three claims at the paper tier."""
    other = claim(Verdict.INCONCLUSIVE, id="transfer.other", n=None, censored=None)
    theory = claim(Verdict.REPRODUCED, id="theory.x", kind="theory", measured=None, checked=5)
    body: dict[str, Any] = json.loads(run(CLAIM, other, theory).to_json())
    facts = {"dirty": False, "known": 3, "environment": {"processor": "P", "cores": 2}}
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
    """What `explain` says of the last report; never a verdict that the report does not have."""
    Path("claims.json").write_bytes(made.what)
    last = last_judged(CLAIM.id, Path())
    if isinstance(last, str):
        if not UNREADABLE.search(last):
            raise ViolationError(f"expected why there is nothing to say, came {last}")
        return one_error(last)
    said = judged(last)
    figure(last["measured"])
    verdict = said.partition(",")[0].partition(";")[0]
    if verdict not in {*Verdict}:
        raise ViolationError(f"{verdict!r} is no verdict")
    return ""


def check_docs(made: Made) -> str:
    """Tables are made of a sound report, or nothing is written; each row is whole."""
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
        came = refused(lambda: documents.update(report_folder, project))
    written = [text.read_text(encoding="utf-8") for text in texts]
    if came:
        if written != [MARKS, MARKS] or (project / documents.VERDICTS).exists():
            raise ViolationError(f"refused ({came}), and something was written all the same")
        return came
    for table in written:
        widths = {line.count("|") for line in table.split("\n")[:-1] if not line.startswith("<!")}
        if len(widths) > 2:  # two tables, of which each has its own number of columns
            raise ViolationError(f"a table is torn: {table}")
    for one in json.loads((project / documents.VERDICTS).read_text(encoding="utf-8"))["claims"]:
        if one["verdict"] not in {*Verdict}:
            raise ViolationError(f"{one['verdict']!r} is no verdict")
    return ""


def check_oracle(made: Made) -> str:
    """A comparison is shown, or it is said why not."""
    path = Path("oracle.json")
    path.write_bytes(made.what)
    return refused(lambda: sb3_comparison(path))


def check_sources(made: Made) -> str:
    """Paraphrases are read, or it is said what is wrong with them."""
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
    return spoilt_file(json.loads(SOURCES.read_text(encoding="utf-8")))


def all_of(kind: str = "records") -> list[Property]:
    """The properties of this kind that are about reports."""
    return [
        Property(kind, "last", lambda: spoilt_file(report()), check_last, 500, 15),
        Property(kind, "docs", lambda: spoilt_file(report()), check_docs, 500, 30),
        Property(kind, "oracle", lambda: spoilt_file(comparison()), check_oracle, 250, 15),
        Property(kind, "sources", _sources, check_sources, 250, 20),
    ]
