"""What the report says of the whole run, below the claims: what was left out, how runs compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.report.numbers import interval, number
from repro.report.section import Section

if TYPE_CHECKING:
    from repro.verdicts.results import RunResult
    from repro.verdicts.run_facts import Accounts, ShippedComparison


def run_sections(result: RunResult) -> list[Section]:
    """Make the sections that this run gives rise to."""
    sections = []
    if result.left_out:
        sections.append(
            Section(
                "Left out by this tier",
                f"These claims were not judged in this run ({result.about}). They count as nothing.",
                ("claim", "title", "why"),
                tuple((claim.id, claim.title, claim.why) for claim in result.left_out),
            )
        )
    if result.accounts.blocks:
        sections.append(_accounted(result.accounts))
    if result.comparison is not None and result.comparison.blocks:
        sections.append(_compared(result.comparison))
    return sections


def _accounted(accounts: Accounts) -> Section:
    totals = accounts.totals
    told = (
        f"Of {totals['expected']} runs, one for each seed of each block, {totals['finished']} finished"
        f" and {totals['failed']} did not. Of those finished, {totals['censored']} never converged"
        f" within their epochs (censored) and {totals['resumed']} went on from a checkpoint in this"
        " session. None is left out of any figure. The digest is the SHA-256 of the record's file."
    )
    rows = tuple(
        (
            block.block,
            f"{block.came}: {block.error}" if block.error else block.came,
            block.runs,
            block.censored,
            round(block.seconds) or None,
            block.digest or None,
        )
        for block in accounts.blocks
    )
    head = ("block", "came by", "runs", "censored", "seconds to train", "digest")
    return Section("Run accounting", told, head, rows)


def _compared(comparison: ShippedComparison) -> Section:
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
        "Beside the shipped runs",
        f"{comparison.summary}. The runs that come with the project were made at commit "
        f"{comparison.commit}; no verdict above rests on them. With the same code, "
        "versions and processor a block must come out with the same bytes. Under others its mean "
        "time to convergence is set beside theirs, with a 95 % interval, or the mean return at the "
        "end where no run converged; what is called statistically different is so at 5 % over all "
        "blocks together, tested by exchanging runs and corrected by Holm. Censored runs enter at the "
        "cap, which is the same on both sides.",
        (
            "block",
            "came out",
            "other than when shipped",
            "mean time over theirs [95 %]",
            "returns at the end / theirs",
        ),
        rows,
    )
