"""The tables and the badge in README and ARTIFACT, from the last run at the study tier.

`python -m repro docs` copies the verdicts of a report to data/verdicts.json and makes the tables from
that file, so that a test can check whether they are current.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.errors import UserError
from repro.paths import PROJECT, SHIPPED
from repro.protocol.tiers import STUDY
from repro.report.claim_groups import KINDS
from repro.report.document_tables import TABLES
from repro.report.history import Version, appended, load_history
from repro.report.ladder import ladder, written
from repro.report.measured_spread import published_spreads
from repro.report.sentences import sentences
from repro.storage.npz import write_whole
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

VERDICTS, BADGE = Path("data/verdicts.json"), Path("data/badge.svg")
HISTORY = Path("data/history.json")
KEPT = (
    "id",
    "title",
    "kind",
    "group",
    "study",
    "source",
    "required",
    "recorded",
    "verdict",
    "checked",
    "n",
    "subsamples",
)
CORES = 2
"""Number of cores that the minutes are given for."""
OVERHEAD = 15
"""Seconds to start, and to write the report."""
_TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def update(report: Path, project: Path = PROJECT, shipped: Path = SHIPPED, why: str = "") -> None:
    """Copy a report's verdicts and badge to data/, and update the tables and the history of verdicts.

    Args:
        report: folder of the report.
        project: the checkout to write to.
        shipped: folder of the shipped runs; their manifest has the time of each block.
        why: what changed verdicts, for the history; not needed if none has changed.

    Raises:
        UserError: if the report does not have all claims, at the study tier and of a clean commit, a
            verdict has changed and it is not said why, or a file cannot be read or written.
    """
    path = report / "claims.json"
    body, seconds = _read(path), _seconds(shipped)
    try:
        kept = keep(body, seconds)
        kept["peak_memory"] = max(kept["peak_memory"] or 0, _workers_memory(shipped)) or None
        texts = {name: tabled(_text(project / name), kept) for name in ("README.md", "ARTIFACT.md")}
        texts[str(VERDICTS)] = json.dumps(kept, indent=1, ensure_ascii=False) + "\n"
        texts[str(HISTORY)] = appended(load_history(project / HISTORY), _version(kept, why))
        texts[str(BADGE)] = _text(report / "badge.svg")
        files = {name: text.encode() for name, text in texts.items()}
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise UserError(
            f"{path} is not a report of this version ({type(error).__name__}: {error}); make it again "
            "with `nox -s verify_claims -- --tier study`"
        ) from error
    for name, content in files.items():
        write_whole(project / name, content)
        sys.stderr.write(f"{name} is now of commit {kept['commit'][:12]}\n")


def keep(body: Mapping[str, Any], seconds: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    """Extract from a report what the tables show.

    Args:
        body: the report's claims.json.
        seconds: of each block, its own time and that of its chain, as `_seconds` returns them.

    Raises:
        UserError: if the report does not have all claims, at the study tier and of a clean commit, or
            a block has no time.
        TypeError, ValueError: if the commit or a verdict is malformed.
    """
    judged, known = len(body.get("claims", ())), body.get("known", 0)
    clean = body.get("tier") == STUDY.name and body.get("dirty") is False
    if not clean or not 0 < known == judged:
        label = body.get("tier_label", f"{body.get('tier')} tier")
        raise UserError(
            f"given a report of {judged} of {known} claims at the {label}, "
            f"uncommitted changes: {body.get('dirty')}; "
            "expected all claims and a clean commit: `nox -s verify_claims -- --tier study`"
        )
    if not isinstance(body["commit"], str):
        raise TypeError(f"given commit {body['commit']!r}")
    for claim in body["claims"]:
        Verdict(claim["verdict"])
    claims = [
        {name: claim[name] for name in KEPT}
        | {
            "measured": claim["measured"],
            "minutes": _minutes(claim, seconds),
            "spreads": published_spreads(claim),
        }
        for claim in sorted(body["claims"], key=lambda claim: list(KINDS).index(claim["kind"]))
    ]
    return {
        "commit": body["commit"],
        "processor": body["environment"]["processor"],
        "cores": body["environment"]["cores"],
        "peak_memory": body["cost"]["peak_memory"],
        "claims": claims,
        "outcome": [
            {"text": str(one), "claims": [*one.claims]} for one in sentences(body["claims"])
        ],
        "ladder": [
            {"label": rung.label, "arm": rung.arm, "ratio": written(rung), "claim": rung.claim}
            for rung in ladder(body["claims"])
        ],
    }


def load_spreads(claim: str, project: Path = PROJECT) -> tuple[str, ...]:
    """Return the simulated spreads that are nearest to that of a claim's published runs; empty if not known.

    Args:
        claim: its id.
        project: the checkout whose data/verdicts.json is read.

    Raises:
        UserError: the file cannot be read or has another form.
    """
    path = project / VERDICTS
    try:
        found = [one for one in _read(path)["claims"] if one["id"] == claim]
        return tuple(map(str, found[0]["spreads"])) if found else ()
    except (LookupError, TypeError) as error:
        raise UserError(
            f"{path} is not of this version ({type(error).__name__}: {error}); restore it: "
            f"`git checkout {VERDICTS}`"
        ) from error


def _version(kept: Mapping[str, Any], why: str) -> Version:
    """Return what the history keeps of a report that is published today."""
    runs = Counter(claim["n"] for claim in kept["claims"] if claim["n"])
    return Version(
        commit=kept["commit"],
        date=datetime.now(UTC).date().isoformat(),
        seeds=runs.most_common(1)[0][0] if runs else 0,
        why=why,
        verdicts={claim["id"]: claim["verdict"] for claim in kept["claims"]},
    )


def _minutes(claim: Mapping[str, Any], seconds: Mapping[str, tuple[float, float]]) -> int:
    """Return the minutes from an empty store to the verdict on two cores, rounded up.

    Blocks run on both cores; each starts after the block that it continues from.
    """
    names = [raw["block"] for raw in claim["raw"]]
    if missing := [name for name in names if name not in seconds]:
        raise UserError(
            f"the shipped runs do not say how long {', '.join(missing)} took; "
            "ship the runs of this report first: `python -m repro ship`"
        )
    training = max(
        sum(seconds[name][0] for name in names) / CORES,
        max((seconds[name][1] for name in names), default=0.0),
    )
    return math.ceil((training + float(claim["seconds"]) + OVERHEAD) / 60)


def _seconds(folder: Path) -> dict[str, tuple[float, float]]:
    """Return the time of each shipped block, alone and with all blocks it continues from.

    It is processor time. A worker has one thread, so that this is what it takes where nothing else runs.
    """
    entries = _shipped(folder)
    own = {_key(e["settings"]): float(e["provenance"]["cpu_seconds"]) for e in entries}

    def chain(settings: Mapping[str, Any]) -> float:
        parent = settings["parent"]
        return own.get(_key(settings), 0.0) + (chain(parent) if parent else 0.0)

    return {e["block"]: (own[_key(e["settings"])], chain(e["settings"])) for e in entries}


def _shipped(folder: Path) -> list[dict[str, Any]]:
    """Return the entries of the shipped blocks."""
    from repro.records.shipped import Shipped  # noqa: PLC0415 - imports torch and numba

    entries: list[dict[str, Any]] = Shipped(folder).manifest["blocks"]
    return entries


def _workers_memory(folder: Path) -> int:
    """Return the bytes that training took in two workers at their peaks.

    A report whose blocks were found in the store did not need this memory.
    """
    entries = _shipped(folder)
    peaks = [entry["provenance"].get("peak_mib") or 0.0 for entry in entries]
    return int(CORES * max(peaks, default=0.0) * 2**20)


def _key(settings: Mapping[str, Any]) -> str:
    return json.dumps(settings, sort_keys=True)


def tabled(text: str, kept: Mapping[str, Any]) -> str:
    """Replace the tables in a text, each between two marks, by those of `kept`.

    Raises:
        UserError: if the text has no table or an unknown one.
    """
    names = [name for _, name, _ in _TABLE.findall(text)]
    if not names or not set(names) <= TABLES.keys():
        raise UserError(
            f"given marks of the tables {', '.join(names) or 'none'}; "
            f"expected some of {', '.join(TABLES)}, as <!-- table: NAME --> and <!-- end -->"
        )
    return _TABLE.sub(lambda found: found[1] + TABLES[found[2]](kept) + found[3], text)


def _read(path: Path) -> dict[str, Any]:
    try:
        body: dict[str, Any] = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"{path} is not a report ({error}); make it with `nox -s verify_claims -- --tier study`"
        ) from error
    return body


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}); make a report with "
            "`nox -s verify_claims -- --tier study`"
        ) from error
