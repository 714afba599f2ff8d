"""Verdicts on damaged records: "reproduced" only if all records are unchanged."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from hypothesis import strategies as st

from repro.records.shipped import MANIFEST
from repro.verdicts import Verdict
from tests.verification.fuzz.bounds import ViolationError
from tests.verification.fuzz.commands import called, judged_by, place
from tests.verification.fuzz.grammar import JUDGED
from tests.verification.fuzz.oddities import Made
from tests.verification.fuzz.records import blocks, files, shipped, stores, written
from tests.verification.fuzz.running import Property


@st.composite
def sets(draw: st.DrawFn) -> Made:
    """A store or shipped runs, sound or damaged, but without recomputed checksums."""
    tier = draw(st.sampled_from(("paper", "audit")))
    if draw(st.integers(0, 9)) == 0:
        return Made((tier, files("store" if tier == "paper" else "shipped")), (tier, "sound"))
    given = draw(
        stores() if tier == "paper" else shipped().filter(lambda made: made.how[0] != "fitted")
    )
    return Made((tier, given.what), (tier, *given.how))


def check_verdict(made: Made) -> str:
    """Judge a claim on a set of records, as `python -m repro report` does."""
    tier, contents = made.what
    written(contents, Path("records"))
    words = ["report", f"--claim={JUDGED}", f"--tier={tier}", "--seeds=0-2", "--out=out"]
    where = "--store" if tier == "paper" else "--shipped"
    with place(Path.cwd()):
        code, out, err = called([*words, f"{where}={Path.cwd() / 'records'}"])
    error = judged_by(words, code, out, err)
    report = Path("out", "claims.json")
    if error:
        if report.exists():
            raise ViolationError(f"refused ({error}), but reported")
        return error
    (claim,) = json.loads(report.read_text(encoding="utf-8"))["claims"]
    if claim["verdict"] == Verdict.NOT_RUN:
        return "not run"
    if made.how[1] == "sound" and claim["verdict"] != Verdict.REPRODUCED:
        raise ViolationError(f"sound records gave {claim['verdict']!r}")
    if claim["verdict"] == Verdict.REPRODUCED:
        digests = {one["block"]: one["digest"] for one in claim["raw"]}
        if {block.name: digests.get(block.name) for block in blocks()} != _original(tier):
            raise ViolationError(f"reproduced by changed records: {digests}")
    return ""


def _original(tier: str) -> dict[str, str]:
    """Return the digests of the sound payloads, by block."""
    if tier == "audit":
        entries = json.loads(files("shipped")[MANIFEST])["blocks"]
        return {entry["block"]: entry["sha256"] for entry in entries}
    found = files("store")
    facts = {name: json.loads(text) for name, text in found.items() if name.endswith(".json")}
    return {
        one["block"]: hashlib.sha256(found[name.replace(".json", ".npz")]).hexdigest()
        for name, one in facts.items()
    }


def all_of(kind: str = "records") -> list[Property]:
    """Return the properties of this kind for verdicts."""
    return [Property(kind, "verdicts", sets, check_verdict, 120, 350)]
