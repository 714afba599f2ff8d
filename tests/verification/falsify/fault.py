"""A fault as data: what is changed in a copy of the checkout, and what is to notice it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class FaultError(Exception):
    """A fault cannot be put in, or a command did not run on the copy that has it."""


@dataclass(frozen=True)
class Edit:
    """A snippet of a file, and what takes its place.

    Attributes:
        file: from the project's root.
        old: as it stands there, exactly once.
        new: in its place.
    """

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        name: a few words.
        does: what it does to the project, in a sentence.
        edits: what is changed for it.
        tests: unit tests that are to fail, each of them, by file and name.
        theory: claims to judge that need no runs.
        audit: claims to judge on the shipped runs.
        trained: claims to judge on runs trained with the fault, at the quick tier. Runs whose code it
            leaves alone are those without it.
        transfers_anew: whether to train transfers with the fault although their keys do not tell.
        claims: those of the claims to judge that are to come out against their recorded outcome. One that
            is judged on three seeds is named only where it cannot but do so.
        harmless: whether it is none, and nothing is to notice it.
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


def put_in(fault: Fault, folder: Path) -> None:
    """Change a copy of the checkout.

    Raises:
        FaultError: a snippet is not there exactly once.
    """
    for edit in fault.edits:
        path = folder / edit.file
        if not path.is_file():
            raise FaultError(
                f"fault {fault.name!r}: there is no {edit.file}; if it was moved, give the fault its "
                "new place in tests/verification/falsify/, or take the fault out with its reason"
            )
        text = path.read_text(encoding="utf-8")
        if (times := text.count(edit.old)) != 1:
            raise FaultError(
                f"fault {fault.name!r}: {edit.file} holds {times} times what the fault replaces, "
                f"expected once; rewrite the fault in tests/verification/falsify/ for the code as it is now:\n"
                f"{edit.old}"
            )
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
