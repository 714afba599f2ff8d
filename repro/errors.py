"""Errors that a user can fix: one line each, shown without a traceback."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import importlib.util
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType


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


def import_file(module: str, kind: type[UserError] = UserError) -> ModuleType:
    """Import a file that was discovered.

    Args:
        module: its full name, such as "repro.tasks.my_task".
        kind: type of the error.

    Raises:
        UserError: of this kind; the file raises an error, or exits the program. The message is one
            line with the file, the error and the line of the file.
    """
    try:
        return importlib.import_module(module)
    except (Exception, SystemExit) as error:
        raise unusable(module, error, kind) from error


def unusable(module: str, error: BaseException, kind: type[UserError] = UserError) -> UserError:
    """Return the error for a file whose content raises an error.

    Args:
        module: its full name.
        error: what it raises.
        kind: type of the error that is returned.
    """
    path = None
    with contextlib.suppress(ValueError):  # a module that was not made from a file
        spec = importlib.util.find_spec(module)
        path = spec and spec.origin
    lines = [at.lineno for at in traceback.extract_tb(error.__traceback__) if at.filename == path]
    if isinstance(error, SyntaxError) and error.filename == path:
        lines = [error.lineno]
    text = " ".join((error.msg if isinstance(error, SyntaxError) else str(error)).split())
    where = f" (line {lines[-1]})" if lines else ""
    return kind(
        f"{module.replace('.', '/')}.py cannot be used: {type(error).__name__}"
        f"{': ' * bool(text)}{text}{where}"
    )
