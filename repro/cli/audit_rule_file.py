"""Loads a Python file with the user's rule; each of its errors becomes one line."""

from __future__ import annotations

import contextlib
import sys
import traceback
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import TYPE_CHECKING, Any

from repro.causal.auditing.error_text import missing_library, not_found
from repro.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MODULE = "audited_rule"
"""Name of the file as a module; files in its folder keep their own names."""


class RuleFileError(UserError):
    """The file cannot be loaded or lacks what an audit needs; names the file, and the line if known."""


@dataclass(frozen=True)
class RuleFile:
    """The contents of the file, as arguments of `repro.causal.audit`; tensors are not checked yet.

    Attributes:
        rule: credit assignment.
        inputs: tensors by name.
        mechanisms: parameters by mechanism; None if the file has none.
        update: the update rule; None if the file has none.
        execution: the forward pass; None if the file has none.
    """

    rule: Callable[..., Any]
    inputs: dict[str, Any]
    mechanisms: dict[str, Any] | None
    update: Callable[..., Any] | None
    execution: Callable[..., Any] | None


@dataclass(frozen=True)
class StepFile:
    """The contents of a file with a training step, as arguments of `repro.causal.audit_module`.

    Attributes:
        step: the training step.
        modules: modules or parameters by mechanism.
        batch: tensors by name.
        others: other modules by name.
        execution: what the step is conditioned on; None if the file has none.
        seed: of random numbers; None if the file has none.
    """

    step: Callable[..., Any]
    modules: dict[str, Any]
    batch: dict[str, Any]
    others: dict[str, Any]
    execution: Callable[..., Any] | None
    seed: int | None


@contextlib.contextmanager
def load_rule_file(path: Path) -> Iterator[RuleFile | StepFile]:
    """Load a file that defines `rule` and `inputs()`, or `step` and `modules()`.

    The first kind may define `mechanisms()`, `update` and `execution`; the second `batch()`, `others()`,
    `execution` and `seed`.

    Inside the `with` block the file can import files in its folder, also while the rule runs. Afterwards
    the import system is as before, and no compiled file is left in the folder.

    Raises:
        RuleFileError: the file is missing or fails, or one of the names is missing or has the wrong type.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise RuleFileError(
            f"{path} {what}; expected a Python file that defines rule and inputs(), or step and modules()"
        )
    kept = list(sys.path), sys.dont_write_bytecode, sys.modules.get(MODULE)
    sys.path.insert(0, str(path.resolve().parent))
    sys.dont_write_bytecode = True
    try:
        module = _module(path)
        is_step = hasattr(module, "step") and not hasattr(module, "rule")
        yield _step_file(path, module) if is_step else _rule_file(path, module)
    finally:
        sys.path[:], sys.dont_write_bytecode, before = kept
        sys.modules.pop(MODULE, None)
        if before is not None:
            sys.modules[MODULE] = before


def _rule_file(path: Path, module: ModuleType) -> RuleFile:
    return RuleFile(
        rule=_function(path, module, "rule", "a function of the inputs by name"),
        inputs=_call(path, module, "inputs", "tensors"),
        mechanisms=_call(path, module, "mechanisms", "parameters")
        if hasattr(module, "mechanisms")
        else None,
        update=_optional(path, module, "update", "a function of all gradients by name"),
        execution=_optional(path, module, "execution", "a function of the inputs by name"),
    )


def _step_file(path: Path, module: ModuleType) -> StepFile:
    seed = getattr(module, "seed", None)
    if seed is not None and type(seed) is not int:
        raise RuleFileError(f"{path}: seed is a {type(seed).__name__}; define seed, a whole number")
    return StepFile(
        step=_function(path, module, "step", "a function of the batch by name"),
        modules=_call(path, module, "modules", "modules or parameters"),
        batch=_call(path, module, "batch", "tensors") if hasattr(module, "batch") else {},
        others=_call(path, module, "others", "modules") if hasattr(module, "others") else {},
        execution=_optional(path, module, "execution", "a function of the batch by name"),
        seed=seed,
    )


def _module(path: Path) -> ModuleType:
    """Run the file as a module."""
    module = ModuleType(MODULE)
    module.__file__ = str(path)
    sys.modules[MODULE] = module  # as an import does; dataclasses look up their module
    with _located_errors(path, "while it was loaded"):
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


def _optional(
    path: Path, module: ModuleType, name: str, expected: str
) -> Callable[..., Any] | None:
    if getattr(module, name, None) is None:
        return None
    return _function(path, module, name, expected)


def _call(path: Path, module: ModuleType, name: str, what: str) -> dict[str, Any]:
    function = _function(
        path, module, name, f"a function without arguments that returns a dict of {what}"
    )
    with _located_errors(path, f"in {name}()"):
        made = function()
    if not isinstance(made, dict):
        raise RuleFileError(
            f"{path}: {name}() returned a {type(made).__name__}; expected a dict of {what} by name"
        )
    return made


@contextlib.contextmanager
def _located_errors(path: Path, when: str) -> Iterator[None]:
    """Turn any error in the user's code into one line that names the line in the file."""
    try:
        yield
    except (Exception, SystemExit) as error:
        if isinstance(error, SyntaxError) and error.filename:
            location, message = f"{error.filename}:{error.lineno}", error.msg
        else:
            lines = [
                frame.lineno
                for frame in traceback.extract_tb(error.__traceback__)
                if frame.filename == str(path)
            ]
            location, message = f"{path}:{lines[-1]}" if lines else str(path), str(error)
        if library := missing_library(error):
            raise RuleFileError(
                f"{location} imports {library}, and {not_found(library)}"
            ) from error
        text = f"{type(error).__name__}: {message}".strip(": ").replace("\n", " ")
        raise RuleFileError(f"{location}: {text}, {when}; fix the file") from error
