"""What a claim declares in its marker, checked before anything is run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from repro.errors import ClaimError
from repro.protocol.blocks import Block
from repro.verdicts import ClaimDeclaration, Margin, Verdict

if TYPE_CHECKING:
    from typing import Any

    import pytest

Needs = Callable[[tuple[int, ...]], Sequence[Block]]

KINDS = ("theory", "empirical", "finding")
ID = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
SOURCE = re.compile(r"talk:[1-9][0-9]*")
FAILING = (Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE)
"""What a negative control may come out as."""

# What to add where a field is missing; these have no default.
REQUIRED = {
    "id": 'id="transfer.name"',
    "title": 'title="A few words"',
    "statement": 'statement="The claim in our words."',
    "source": 'source=["talk:N"]',
    "kind": 'kind="empirical"',
    "expected": 'expected="the margin it is judged by"',
    "controls": 'controls={"the two arms swapped": "not reproduced"}',
}
MARGIN = "margin=Margin(low=1.0), with `from repro.verdicts import Margin`"
"""What to add to an empirical claim without one."""


def no_blocks(_seeds: tuple[int, ...]) -> tuple[Block, ...]:
    """Need no training at all."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Declaration(ClaimDeclaration):
    """What the marker `claim` says; its fields are the marker's keywords.

    Attributes:
        needs: from the seeds, the blocks that the claim and its controls want.
    """

    needs: Needs = no_blocks

    def blocks(self, seeds: tuple[int, ...]) -> tuple[Block, ...]:
        """List the blocks that it wants for these seeds.

        Raises:
            ClaimError: if `needs` raises, or returns anything but blocks.
        """
        try:
            blocks = tuple(self.needs(seeds))
        except Exception as error:
            raise ClaimError(f"claim {self.id}: its needs raise {error!r}; mend them") from error
        for block in blocks:
            if not isinstance(block, Block):
                raise ClaimError(f"claim {self.id}: its needs hold {block!r}; expected blocks only")
        return blocks


def declare(where: str, given: Mapping[str, Any]) -> Declaration:
    """Check a marker's keywords and make the declaration.

    Args:
        where: the test that bears the marker, for messages.
        given: the marker's keywords.

    Raises:
        ClaimError: naming the first field that is missing, unknown or malformed, and what to do.
    """
    known = [field.name for field in fields(Declaration)]
    for name in given:
        if name not in known:
            raise ClaimError(f"{where}: claim has no field {name!r}; expected {', '.join(known)}")
    for name, example in REQUIRED.items():
        if not given.get(name):
            raise ClaimError(f"{where}: its claim marker lacks {name}; add {example}")
    for name in ("id", "title", "statement", "kind", "expected", "differences", "reason"):
        _expect(where, name, given, isinstance(given.get(name, ""), str), "a string")
    claim_id, source = given["id"], given["source"]
    _expect(where, "id", given, ID.fullmatch(claim_id), "words of [a-z0-9_] joined by dots")
    _expect(where, "source", given, _is_source(source), 'a list of lines, each as "talk:44"')
    _expect(where, "kind", given, given["kind"] in KINDS, f"one of {', '.join(KINDS)}")
    _expect(
        where, "required", given, isinstance(given.get("required", True), bool), "True or False"
    )
    _expect(where, "needs", given, callable(given.get("needs", no_blocks)), "seeds -> blocks")
    recorded = given.get("recorded", "reproduced")
    outcomes = [verdict.value for verdict in Verdict if verdict is not Verdict.NOT_RUN]
    _expect(where, "recorded", given, recorded in outcomes, f"one of {', '.join(outcomes)}")
    _check_margin(where, given)
    otherwise = recorded != "reproduced"
    if otherwise and not given.get("reason"):
        raise ClaimError(f'{where}: recorded {recorded!r} without a reason; add reason="..."')
    if not otherwise and given.get("reason"):
        raise ClaimError(f"{where}: a reason, but recorded 'reproduced'; remove the reason")
    normal = {
        "source": tuple(source),
        "controls": _controls(where, given),
        "recorded": Verdict(recorded),
    }
    return Declaration(**{**given, **normal})


def declare_all(items: Iterable[pytest.Item], empty: Iterable[str]) -> dict[str, Declaration]:
    """Check the markers of all collected tests.

    Args:
        items: the tests.
        empty: files in which none was found.

    Returns:
        The declarations by node id.

    Raises:
        ClaimError: for a file without a claim, a test without a marker, a faulty marker, or two
            claims with one id; it says where.
    """
    for path in empty:
        raise ClaimError(f"{path} holds no claim; add a test function with a claim marker")
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
    """Check the negative controls; each gets a tuple of verdicts."""
    controls = given["controls"]
    _expect(
        where,
        "controls",
        given,
        isinstance(controls, Mapping),
        "what is judged in the claim's place, each with how it may come out, as "
        '{"the two arms swapped": "not reproduced"}',
    )
    found = {}
    for what, words in controls.items():
        if not isinstance(what, str) or not what.strip():
            raise ClaimError(f"{where}: given the control {what!r}; expected its name, in words")
        verdicts = tuple(words) if isinstance(words, (list, tuple)) else (words,)
        if not verdicts or not all(verdict in FAILING for verdict in verdicts):
            raise ClaimError(
                f"{where}: control {what!r} may come out as {words!r}; expected one or more of "
                f"{', '.join(FAILING)}, for a control that may be reproduced controls nothing"
            )
        found[what] = tuple(map(Verdict, verdicts))
    return found


def _check_margin(where: str, given: Mapping[str, Any]) -> None:
    """Refuse an empirical claim without a margin, or a margin that is none."""
    margin = given.get("margin")
    if margin is None and given["kind"] == "empirical":
        raise ClaimError(f"{where}: its claim marker lacks margin; add {MARGIN}")
    if not isinstance(margin, Margin | None):
        raise ClaimError(
            f"{where}: given margin={margin!r}; expected a Margin, as Margin(low=1.0), or none for a "
            "claim that is judged by no single figure"
        )


def _is_source(given: object) -> bool:
    return isinstance(given, (list, tuple)) and all(
        isinstance(line, str) and SOURCE.fullmatch(line) for line in given
    )


def _expect(where: str, name: str, given: Mapping[str, Any], holds: object, expected: str) -> None:
    if not holds:
        raise ClaimError(f"{where}: given {name}={given[name]!r}; expected {expected}")
