"""Errors that a user can mend: one line each, shown without a traceback."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class UserError(Exception):
    """Something given from outside is wrong; says what was given, what was expected, what to do."""


class TaskError(UserError):
    """A task's tables contradict themselves."""


class RecordError(UserError):
    """A stored record is missing, corrupt or of another schema."""


class ClaimError(UserError):
    """A claim is declared incompletely or judged in a way that its declaration rules out."""


class TrainingError(UserError):
    """A run produced a value that is not a number; it names the run, the epoch and the tensor."""


class AuditError(UserError):
    """A credit-assignment rule, or what it is given, cannot be audited."""


def unknown(kind: str, given: str, valid: Iterable[str]) -> UserError:
    """Make the error for a name that does not exist, with the nearest valid ones.

    Args:
        kind: what the name was taken for, as "task".
        given: the name as given.
        valid: all names that would have done.
    """
    names = sorted(valid)
    near = difflib.get_close_matches(given, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"one of: {', '.join(names)}"
    return UserError(f"unknown {kind} {given!r}; {hint}")
