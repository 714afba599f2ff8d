"""The table of controls: every claim's negative controls, judged by the code that judges the claim."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.verification.checkout import CheckoutError, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

EXPERIMENTS, THEORY = ("--tier=audit",), ("-k", "theory")
"""Arguments that judge the claims on the shipped runs, and the claims that need no runs."""
NEVER = "reproduced"


@dataclass(frozen=True)
class Control:
    """One control of a claim, or a claim without controls.

    Attributes:
        claim: its id.
        what: what was judged instead of the claim; "" for a claim without controls.
        declared: the verdicts that the claim's file allows.
        actual: the verdict.
    """

    claim: str
    what: str
    declared: tuple[str, ...]
    actual: str

    @property
    def problem(self) -> str:
        """What is wrong; "" if nothing is."""
        if not self.what:
            return "no control was judged"
        if NEVER in self.declared:
            return "it is declared to be reproduced"
        if self.actual == NEVER:
            return "it is reproduced"
        return "" if self.actual in self.declared else "it is not as declared"


def of_claim(claim: Mapping[str, Any]) -> list[Control]:
    """Read the controls from a claim's object of claims.json."""
    rows = [
        Control(claim["id"], one["what"], tuple(one["expected"].split(" or ")), one["verdict"])
        for one in claim["controls"]
    ]
    return rows or [Control(claim["id"], "", (), "")]


def table(declared: Iterable[str], judged: Iterable[Mapping[str, Any]]) -> list[Control]:
    """Make the table.

    Args:
        declared: the ids of all claims.
        judged: the objects of claims.json of the claims that were judged.
    """
    rows = {claim["id"]: of_claim(claim) for claim in judged}
    missing = {one: [Control(one, "", (), "")] for one in declared if one not in rows}
    return [row for one in sorted({**rows, **missing}.items()) for row in one[1]]


def listed(folder: Path) -> list[str]:
    """List the ids of all claims.

    Raises:
        CheckoutError: they cannot be listed.
    """
    done = run(["-m", "repro", "list", "claims", "--json"], folder)
    if done.code:
        raise CheckoutError(f"the claims cannot be listed: {done.last_line}")
    return [claim["claim"] for claim in json.loads(done.out)]
