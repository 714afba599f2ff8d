"""Sections on the whole run, after the claims: claims left out, run accounting, shipped runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.report.numbers import interval, number
from repro.report.section import Section

if TYPE_CHECKING:
    from repro.verdicts import Accounts, RunResult, ShippedComparison


def run_sections(result: RunResult) -> list[Section]:
    """Make the sections that apply to this run."""
    sections = []
    if result.left_out:
        sections.append(
            Section(
                "Left out by this tier",
                f"These claims were not judged in this run ({result.about}). They are in no count.",
                ("claim", "title", "why"),
                tuple((claim.id, claim.title, claim.why) for claim in result.left_out),
            )
        )
    if result.accounts.blocks:
        sections.append(_accounts(result.accounts))
    if result.comparison is not None and result.comparison.blocks:
        sections.append(_comparison(result.comparison))
    return sections


def _accounts(accounts: Accounts) -> Section:
    totals = accounts.totals
    text = (
        "A block is one algorithm on one problem, with all its seeds. "
        f"Of {totals['expected']} runs, one for each seed of each block, {totals['finished']} finished"
        f" and {totals['failed']} failed. Of the {totals['finished']} finished runs, {totals['censored']} did not converge"
        f" within their epochs (censored), {totals['unready']} started from a run that had not converged"
        f" and {totals['resumed']} continued from a checkpoint when this report was made. All of them are in the"
        " figures. The digest is the SHA-256 of the record's file."
    )
    rows = tuple(
        (
            block.block,
            f"{block.came}: {block.error}" if block.error else block.origin,
            block.runs,
            block.censored,
            round(block.seconds) or None,
            block.digest or None,
        )
        for block in accounts.blocks
    )
    head = ("block", "origin", "runs", "censored", "seconds to train", "digest")
    return Section("Run accounting", text, head, rows)


def _comparison(comparison: ShippedComparison) -> Section:
    rows = tuple(
        (
            block.block,
            block.likeness.value,
            block.why or None,
            interval(block.ratio, block.low, block.high),
            " / ".join(map(number, block.levels)) if block.levels else None,
        )
        for block in comparison.blocks
    )
    return Section(
        "Comparison with the shipped runs",
        f"{comparison.summary}. The runs shipped with the project were made at commit "
        f"{comparison.commit}. No verdict above depends on them. With the same code, versions and "
        "processor, a block must be identical. Otherwise its mean time to convergence is "
        "compared with theirs, with a 95 % interval; if no run converged, the mean return at the end is "
        "compared. “Statistically different” means at a level of 5 % over all blocks, by permutation "
        "tests with Holm's correction. Censored runs enter at the cap, which is the same on both sides.",
        (
            "block",
            "result",
            "changed since they were shipped",
            "ratio of mean times to theirs [95 %]",
            "returns at the end / theirs",
        ),
        rows,
    )
