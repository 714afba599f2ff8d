"""A file with a rule of the user's own: loaded by its path, its faults told in one line each."""

from __future__ import annotations

import contextlib
import sys
import traceback
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import TYPE_CHECKING, Any

from repro.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MODULE = "audited_rule"
"""What the file is called while it is loaded; its own folder stays importable under its own names."""


class RuleFileError(UserError):
    """The file cannot be loaded, or lacks what an audit needs; names the file, and the line if any."""


@dataclass(frozen=True)
class Material:
    """What the file gives to `repro.causal.auditing.audit`, before any check of tensors.

    Attributes:
        rule: credit assignment.
        inputs: by name.
        mechanisms: parameters by mechanism, None where the file says nothing of them.
        update: the update rule, None where the file has none.
        execution: what is executed before credit is assigned, None where the file has none.
    """

    rule: Callable[..., Any]
    inputs: dict[str, Any]
    mechanisms: dict[str, Any] | None
    update: Callable[..., Any] | None
    execution: Callable[..., Any] | None


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Material]:
    """Load a file that defines `rule` and `inputs()`, and maybe `mechanisms()`, `update`, `execution`.

    Inside the `with` the file may import its neighbours, which a rule may do when it is called;
    nothing of that is left after it, and no compiled file beside the source.

    Raises:
        RuleFileError: the file is missing or fails, or one of the four is missing or of no use.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise RuleFileError(f"{path} {what}; expected a Python file that defines rule and inputs()")
    kept = list(sys.path), sys.dont_write_bytecode, sys.modules.get(MODULE)
    sys.path.insert(0, str(path.resolve().parent))
    sys.dont_write_bytecode = True
    try:
        module = _loaded(path)
        yield Material(
            rule=_function(path, module, "rule", "a function of the inputs by name"),
            inputs=_called(path, module, "inputs", "tensors"),
            mechanisms=_called(path, module, "mechanisms", "parameters")
            if hasattr(module, "mechanisms")
            else None,
            update=_function(path, module, "update", "a function of all gradients by name")
            if getattr(module, "update", None) is not None
            else None,
            execution=_function(path, module, "execution", "a function of the inputs by name")
            if getattr(module, "execution", None) is not None
            else None,
        )
    finally:
        sys.path[:], sys.dont_write_bytecode, before = kept
        sys.modules.pop(MODULE, None)
        if before is not None:
            sys.modules[MODULE] = before


def _loaded(path: Path) -> ModuleType:
    """Run the file as a module of its own."""
    module = ModuleType(MODULE)
    module.__file__ = str(path)
    sys.modules[MODULE] = module  # as an import does: dataclasses look their module up
    with _faults_told(path, "while it was loaded"):
        SourceFileLoader(MODULE, str(path)).exec_module(module)
    return module


def _function(path: Path, module: ModuleType, name: str, expected: str) -> Callable[..., Any]:
    found = getattr(module, name, None)
    if not callable(found):
        has = (
            f"{name} is a {type(found).__name__}" if hasattr(module, name) else f"it has no {name}"
        )
        raise RuleFileError(f"{path}: {has}; define {name}, {expected}")
    return found  # type: ignore[no-any-return]  # whatever the user wrote


def _called(path: Path, module: ModuleType, name: str, what: str) -> dict[str, Any]:
    function = _function(
        path, module, name, f"a function without arguments that returns a dict of {what}"
    )
    with _faults_told(path, f"in {name}()"):
        made = function()
    if not isinstance(made, dict):
        raise RuleFileError(
            f"{path}: {name}() returned a {type(made).__name__}; expected a dict of {what} by name"
        )
    return made


@contextlib.contextmanager
def _faults_told(path: Path, when: str) -> Iterator[None]:
    """Turn whatever the user's code raises into one line with the place in the user's file."""
    try:
        yield
    except (Exception, SystemExit) as error:
        if isinstance(error, SyntaxError) and error.filename:
            place, said = f"{error.filename}:{error.lineno}", error.msg
        else:
            lines = [
                frame.lineno
                for frame in traceback.extract_tb(error.__traceback__)
                if frame.filename == str(path)
            ]
            place, said = f"{path}:{lines[-1]}" if lines else str(path), str(error)
        told = f"{type(error).__name__}: {said}".strip(": ").replace("\n", " ")
        raise RuleFileError(f"{place}: {told}, {when}; mend the file") from error
