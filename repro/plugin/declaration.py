"""What a claim declares in its marker; all of it is checked before anything is run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from repro.errors import ClaimError, UserError, suggestion
from repro.protocol.blocks import Block
from repro.verdicts import ClaimDeclaration, Margin, Verdict

if TYPE_CHECKING:
    from typing import Any

    import pytest

Needs = Callable[[tuple[int, ...]], Sequence[Block]]

KINDS = ("theory", "empirical", "consistency", "explanation", "finding")
TEXTS = ("id", "title", "statement", "kind", "expected", "differences", "reason", "scope", "group")
ID = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
SOURCE = re.compile(r"talk:[1-9][0-9]*")
FAILING = (Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE)
"""The verdicts that a negative control may have."""

REQUIRED = {
    "id": 'id="transfer.name"',
    "title": 'title="A few words"',
    "statement": 'statement="The claim in our words."',
    "source": 'source=["talk:N"]',
    "kind": 'kind="empirical"',
    "expected": 'expected="the margin it is judged by"',
    "controls": 'controls={"the two arms swapped": "not reproduced"}',
}
"""The fields without a default, each with the line to add if it is missing."""
MARGIN = "margin=Margin(low=1.0), with `from repro.verdicts import Margin`"
"""The words to add to an empirical claim that has no margin."""


def no_blocks(_seeds: tuple[int, ...]) -> tuple[Block, ...]:
    """Return no blocks: the claim needs no runs."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Declaration(ClaimDeclaration):
    """What the marker `claim` declares; the fields are the marker's keywords.

    Attributes:
        needs: function from seeds to the blocks that the claim and its controls are judged on.
    """

    needs: Needs = no_blocks

    def blocks(self, seeds: tuple[int, ...]) -> tuple[Block, ...]:
        """List the blocks that the claim needs for these seeds.

        Raises:
            ClaimError: `needs` raises an exception, or returns something other than blocks.
        """
        try:
            blocks = tuple(self.needs(seeds))
        except Exception as error:
            why = error if isinstance(error, UserError) else f"{error!r}; fix them"
            raise ClaimError(f"claim {self.id}: its needs raise {why}") from error
        for block in blocks:
            if not isinstance(block, Block):
                raise ClaimError(
                    f"claim {self.id}: its needs contain {block!r}; expected blocks only"
                )
        return blocks


def declare(where: str, given: Mapping[str, Any]) -> Declaration:
    """Check a marker's keywords and return the declaration.

    Args:
        where: the test with the marker, for messages.
        given: the marker's keywords.

    Raises:
        ClaimError: a field is missing, unknown or malformed; the message names the first such field.
    """
    known = [field.name for field in fields(Declaration)]
    for name in given:
        if name not in known:
            raise ClaimError(f"{where}: claim has no field {name!r}; {suggestion(name, known)}")
    for name, example in REQUIRED.items():
        if not given.get(name):
            raise ClaimError(f"{where}: its claim marker has no {name}; add {example}")
    for name in TEXTS:
        _expect(where, name, given, isinstance(given.get(name, ""), str), "a string")
    claim_id, source = given["id"], given["source"]
    _expect(where, "id", given, ID.fullmatch(claim_id), "words of [a-z0-9_] joined by dots")
    _expect(where, "source", given, _is_source(source), 'a list of lines, each as "talk:44"')
    _expect(where, "kind", given, given["kind"] in KINDS, f"one of {', '.join(KINDS)}")
    for name in ("required", "study"):
        _expect(where, name, given, isinstance(given.get(name, False), bool), "True or False")
    _expect(where, "needs", given, callable(given.get("needs", no_blocks)), "seeds -> blocks")
    recorded = given.get("recorded", "reproduced")
    outcomes = [verdict.value for verdict in Verdict if verdict is not Verdict.NOT_RUN]
    _expect(where, "recorded", given, recorded in outcomes, f"one of {', '.join(outcomes)}")
    _check_margin(where, given)
    reason = given.get("reason")
    if recorded != "reproduced" and not reason:
        raise ClaimError(f'{where}: recorded={recorded!r} without a reason; add reason="..."')
    if recorded == "reproduced" and reason:
        raise ClaimError(f"{where}: a reason, but recorded='reproduced'; remove the reason")
    checked = {
        "source": tuple(source),
        "controls": _controls(where, given),
        "recorded": Verdict(recorded),
    }
    return Declaration(**{**given, **checked})


def declare_all(items: Iterable[pytest.Item], empty: Iterable[str]) -> dict[str, Declaration]:
    """Check the markers of all collected tests.

    Args:
        items: the tests.
        empty: files without tests.

    Returns:
        The declarations by node id.

    Raises:
        ClaimError: a file has no claim, a test has no marker, a marker is invalid, or two claims
            have the same id.
    """
    for path in empty:
        raise ClaimError(f"{path} has no claim; add a test function with a claim marker")
    declared: dict[str, Declaration] = {}
    places: dict[str, str] = {}
    for item in items:
        where = item.nodeid
        marker = item.get_closest_marker("claim")
        if marker is None:
            raise ClaimError(f"{where} has no claim marker; add @pytest.mark.claim(id=...)")
        if marker.args:
            raise ClaimError(f"{where}: given claim{marker.args!r}; expected keywords only")
        declared[where] = claim = declare(where, marker.kwargs)
        if claim.id in places:
            raise ClaimError(
                f"{places[claim.id]} and {where} both declare the claim {claim.id!r}; rename one"
            )
        places[claim.id] = where
    return declared


def _controls(where: str, given: Mapping[str, Any]) -> dict[str, tuple[Verdict, ...]]:
    """Check the negative controls; return the allowed verdicts of each."""
    controls = given["controls"]
    _expect(
        where,
        "controls",
        given,
        isinstance(controls, Mapping),
        "the name of each control with the verdicts that it may have, as "
        '{"the two arms swapped": "not reproduced"}',
    )
    found = {}
    for what, words in controls.items():
        if not isinstance(what, str) or not what.strip():
            raise ClaimError(f"{where}: given the control {what!r}; expected a name in words")
        verdicts = tuple(words) if isinstance(words, (list, tuple)) else (words,)
        if not verdicts or not all(verdict in FAILING for verdict in verdicts):
            raise ClaimError(
                f"{where}: given the verdicts {words!r} for the control {what!r}; expected one or more of "
                f"{', '.join(FAILING)}: a control that may be reproduced tests nothing"
            )
        found[what] = tuple(map(Verdict, verdicts))
    return found


def _check_margin(where: str, given: Mapping[str, Any]) -> None:
    """Check that an empirical claim has a margin, and that a margin is a `Margin`."""
    margin = given.get("margin")
    if margin is None and given["kind"] == "empirical":
        raise ClaimError(f"{where}: its claim marker has no margin; add {MARGIN}")
    if not isinstance(margin, Margin | None):
        raise ClaimError(
            f"{where}: given margin={margin!r}; expected a Margin, as Margin(low=1.0), or no margin "
            "for a claim that no single figure decides"
        )


def _is_source(given: object) -> bool:
    return isinstance(given, (list, tuple)) and all(
        isinstance(line, str) and SOURCE.fullmatch(line) for line in given
    )


def _expect(where: str, name: str, given: Mapping[str, Any], holds: object, expected: str) -> None:
    if not holds:
        raise ClaimError(f"{where}: given {name}={given[name]!r}; expected {expected}")
