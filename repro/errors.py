"""Errors that a user can fix: one line each, shown without a traceback."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class UserError(Exception):
    """Invalid input; the message has the form "given ...; expected ...; do ..."."""


class TaskError(UserError):
    """The tables of a task contradict each other."""


class RecordError(UserError):
    """A stored record is missing, corrupt or has another schema."""


class ClaimError(UserError):
    """A claim's declaration is incomplete, or the claim is judged in a way that contradicts it."""


class TrainingError(UserError):
    """A run computed a value that is not finite; the message names the run, epoch and tensor."""


class AuditError(UserError):
    """A credit-assignment rule or its inputs cannot be audited."""


def unknown(kind: str, given: str, valid: Iterable[str]) -> UserError:
    """Return the error for a name that does not exist.

    Args:
        kind: what the name should have named, such as "task".
        given: the name.
        valid: all valid names.
    """
    return UserError(f"unknown {kind} {given!r}; {suggestion(given, valid)}")


def suggestion(given: str, valid: Iterable[str]) -> str:
    """Return "did you mean a or b?" with the names nearest to `given`, or else all valid names."""
    names = sorted(valid)
    near = difflib.get_close_matches(given, names, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"one of: {', '.join(names)}"
