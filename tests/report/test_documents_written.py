"""Writing the documents' tables, verdicts and badge from the folder of a report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from repro.errors import UserError
from repro.protocol.blocks import transfer, with_parents
from repro.records.shipping import ship
from repro.records.store import Store
from repro.report.documents import BADGE, VERDICTS, tabled, update
from tests.report.documents_example import BODY, FINDING, HEADLINE, MARKS, THEORY
from tests.support.shipping import CLEAN, record

if TYPE_CHECKING:
    from pathlib import Path


def shipped(folder: Path, peak: float | None = None) -> None:
    """Ship synthetic runs: pretraining of 100 s, a transfer of 30 s, with this peak memory in MiB."""
    store = Store(folder / "store")
    blocks = with_parents([transfer("cvs", "linear_chain.last", tuple(range(10)))])
    for block, seconds in zip(blocks, (100.0, 30.0), strict=True):
        store.save(
            record(block, 60), {**CLEAN, "seconds": 9.0, "cpu_seconds": seconds, "peak_mib": peak}
        )
    found = [store.load(block) for block in blocks]
    ship([one for one in found if one is not None], folder / "shipped")


@pytest.mark.parametrize(
    ("peak", "expected"),
    [(None, 3 * 2**29), (700.0, 3 * 2**29), (1024.0, 2**31)],  # two workers; the report has 1.5 GiB
)
def test_the_command_writes_tables_verdicts_and_badge(
    tmp_path: Path, peak: float | None, expected: int
) -> None:
    shipped(tmp_path, peak)
    report, project = tmp_path / "report", tmp_path / "project"
    for folder in (report, project / "data"):
        folder.mkdir(parents=True)
    raw = [{"block": "cvs/linear_chain.training"}, {"block": "cvs/linear_chain.last"}]
    body = BODY | {"claims": [HEADLINE | {"raw": raw}, THEORY, FINDING]}
    (report / "claims.json").write_text(json.dumps(body), encoding="utf-8")
    (report / "badge.svg").write_text("<svg/>", encoding="utf-8")
    for name in ("README.md", "ARTIFACT.md"):
        (project / name).write_text(MARKS, encoding="utf-8")
    update(report, project, tmp_path / "shipped")
    kept = json.loads((project / VERDICTS).read_text(encoding="utf-8"))
    assert kept["claims"][1]["minutes"] == 3  # 130 + 5 + 15 s
    assert kept["peak_memory"] == expected
    assert (project / BADGE).read_text(encoding="utf-8") == "<svg/>"
    for name in ("README.md", "ARTIFACT.md"):
        assert (project / name).read_text(encoding="utf-8") == tabled(MARKS, kept)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read"),
        ("{", "is not a report"),
        ("[" * 100_000, "is not a report"),
        (json.dumps(BODY | {"commit": None}), "is not a report of this version"),
        (json.dumps(BODY | {"claims": [{}, {}, {}]}), "is not a report of this version"),
        (
            json.dumps(BODY | {"claims": [THEORY | {"verdict": "true"}] * 3}),
            "'true' is not a valid",
        ),
    ],
)
def test_a_missing_or_malformed_report_is_refused(
    tmp_path: Path, content: str | None, says: str
) -> None:
    shipped(tmp_path)
    if content is not None:
        (tmp_path / "claims.json").write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=rf"claims\.json .*{says}.*nox -s verify_claims"):
        update(tmp_path, tmp_path, tmp_path / "shipped")
