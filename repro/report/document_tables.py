"""The tables in README and ARTIFACT, as Markdown, from what data/verdicts.json keeps of a report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from repro.report.claim_groups import APART, FINDING
from repro.report.ladder import over
from repro.report.markdown import table
from repro.report.numbers import count, interval, size
from repro.report.recorded_outcome import verdict_counts
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


HEADINGS = {
    "explanation": "Explanations that were not reproduced or are inconclusive; they are not counted as statements of the talk:",
    FINDING: "Findings that were not reproduced or are inconclusive; the talk does not state them:",
}
"""Introductions of README's lists, by kind."""


def _claims(kept: Mapping[str, Any]) -> str:
    """Make README's table."""
    rows = [
        (
            claim["title"],
            _lines(claim["source"]),
            _verdict(claim),
            _measured(claim),
            _small_samples(claim),
            f"`{_options(claim)}`",
            str(claim["minutes"]),
        )
        for claim in kept["claims"]
    ]
    measured = ("measured [95 %]", "with ten seeds")
    head = ("claim", "talk lines", "verdict", *measured, "command", "minutes")
    return table(head, rows) + "\n"


def _artifact(kept: Mapping[str, Any]) -> str:
    """Make ARTIFACT's table."""
    rows = [
        (
            claim["title"],
            f"`nox -s verify_claims -- {_options(claim)}`",
            f"{_verdict(claim)}: {_measured(claim)}; exit code 0",
            str(claim["minutes"]),
        )
        for claim in kept["claims"]
    ]
    return table(("claim", "command", "expected result", "minutes"), rows) + "\n"


def _memory(kept: Mapping[str, Any]) -> str:
    """Make ARTIFACT's sentence on the memory of a run of all claims."""
    memory = "was not measured" if kept["peak_memory"] is None else size(kept["peak_memory"])
    return f"Memory at the peak of a run of all claims, two blocks at a time: {memory}.\n"


def _exceptions(kept: Mapping[str, Any]) -> str:
    """Make README's list of the talk's statements that were not reproduced."""
    return _not_reproduced(kept, "")


def _exceptions_apart(kept: Mapping[str, Any]) -> str:
    """Make README's lists of the explanations and of the findings that were not reproduced."""
    lists = [
        f"{HEADINGS[kind]}\n\n{listed}" for kind in APART if (listed := _not_reproduced(kept, kind))
    ]
    return "\n".join(lists)


def _not_reproduced(kept: Mapping[str, Any], apart: str) -> str:
    """List the claims that were not reproduced, of a kind that is counted apart; "": of all other kinds."""
    return "".join(
        f"- {claim['title']} (talk {_lines(claim['source'])}): {_verdict(claim)}, {_measured(claim)}.\n"
        for claim in kept["claims"]
        if claim["verdict"] != Verdict.REPRODUCED
        and (claim["kind"] if claim["kind"] in APART else "") == apart
    )


def _outcome(kept: Mapping[str, Any]) -> str:
    """Make README's sentences on what came out."""
    return "".join(
        f"- {one['text']} ({', '.join(f'`{claim}`' for claim in one['claims'])})\n"
        for one in kept["outcome"]
    )


def _ladder(kept: Mapping[str, Any]) -> str:
    """Make README's ladder: a row for each rung, a column for each algorithm."""
    arms = list(dict.fromkeys(one["arm"] for one in kept["ladder"]))
    ratios = {(one["label"], one["arm"]): one["ratio"] for one in kept["ladder"]}
    rows = [
        (label, *(ratios.get((label, arm), "–") for arm in arms), f"`{claim}`")
        for label, claim in dict.fromkeys((one["label"], one["claim"]) for one in kept["ladder"])
    ]
    head = ("what is compared", *(f"{over(arm)} [95 %]" for arm in arms), "claim")
    return table(head, rows) + "\n"


TABLES = {
    "claims": _claims,
    "artifact": _artifact,
    "memory": _memory,
    "exceptions": _exceptions,
    "exceptions_apart": _exceptions_apart,
    "outcome": _outcome,
    "ladder": _ladder,
}


def _lines(source: Sequence[str]) -> str:
    """Format talk:103, talk:107, talk:108 and talk:109 as "103, 107–109"."""
    runs: list[list[int]] = []
    for line in sorted(int(one.removeprefix("talk:")) for one in source):
        if runs and line == runs[-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _options(claim: Mapping[str, Any]) -> str:
    """Return the options that judge this claim alone."""
    return f"--claim {claim['id']}{' --tier study' if claim['study'] else ''}"


def _verdict(claim: Mapping[str, Any]) -> str:
    drifted = "" if claim["verdict"] == claim["recorded"] else f", recorded {claim['recorded']}"
    return f"**{claim['verdict']}**{drifted}"


def _measured(claim: Mapping[str, Any]) -> str:
    if claim["measured"] is None:
        return "–" if claim["checked"] is None else count(claim["checked"], "case")
    value, low, high, unit = (claim["measured"][n] for n in ("value", "low", "high", "unit"))
    # JSON has null for an infinite end.
    if value is not None and (low is None) is not (high is None):
        low, high = (-math.inf if low is None else low), (math.inf if high is None else high)
    return interval(value, low, high, unit)


def _small_samples(claim: Mapping[str, Any]) -> str:
    return verdict_counts(Verdict(one["verdict"]) for one in claim["subsamples"]) or "–"
