"""A fault as data: what is changed in a copy of the checkout, and what must catch it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.verification.checkout import CheckoutError, Edit, edit

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Edit", "Fault", "plant"]


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        name: a few words.
        does: what the fault does, in one sentence.
        edits: the changes to the code.
        tests: unit tests (file and name) that must all fail.
        theory: theory claims to judge; they need no runs.
        audit: claims to judge on the shipped runs.
        trained: claims to judge on runs trained with the fault, at the quick tier. Runs whose code the
            fault does not change are taken from a training without it.
        transfers_anew: whether to train transfers again although their keys do not change.
        claims: claims, among those judged, whose verdict must contradict the recorded outcome. A claim
            judged on three seeds is named only if it cannot do otherwise.
        harmless: whether the edits are not a fault, and nothing may catch them.
    """

    name: str
    does: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...] = ()
    theory: tuple[str, ...] = ()
    audit: tuple[str, ...] = ()
    trained: tuple[str, ...] = ()
    transfers_anew: bool = False
    claims: tuple[str, ...] = ()
    harmless: bool = False


def plant(fault: Fault, folder: Path) -> None:
    """Apply a fault to a copy of the checkout.

    Raises:
        CheckoutError: a snippet does not occur exactly once.
    """
    try:
        edit(fault.edits, folder)
    except CheckoutError as error:
        raise CheckoutError(
            f"fault {fault.name!r}: {error}\nrewrite the fault in tests/verification/falsify/ for the "
            "current code, or remove it and say why"
        ) from error
