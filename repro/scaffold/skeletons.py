"""Skeletons of claims, algorithms and tasks: valid names, paths, text and the next commands."""

from __future__ import annotations

import ast
import keyword
import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from string import Template
from typing import TYPE_CHECKING

from repro import tasks
from repro.errors import UserError, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import ModuleType


WORD = re.compile(r"[a-z][a-z0-9_]*")
LEARNERS = ("policy", "value", "auction")
"""Kinds of algorithms that have a skeleton: what their networks put out."""
FINDING = "finding"
"""What ids of claims may start with that is no folder."""
THEORY = "theory"
"""The group of claims that need no runs; its skeleton audits a rule, the others compare two arms."""
LONGEST = 28
"""Most characters of a name."""


@dataclass(frozen=True)
class Skeleton:
    """A file to write.

    Attributes:
        place: its path in the checkout, with slashes.
        text: its content.
        then: the next commands, each with its purpose.
    """

    place: str
    text: str
    then: tuple[tuple[str, str], ...]


def claim(name: str, root: Path) -> Skeleton:
    """Return the skeleton of a claim: in the group "theory" an audit, in others a comparison of two arms.

    Args:
        name: its id, "group.name".
        root: folder of the checkout.

    Raises:
        UserError: the id is invalid or taken, or the group does not exist.
    """
    group, dot, word = name.partition(".")
    if not dot:
        raise UserError(f"given the claim {name!r}; expected group.name, as transfer.my_claim")
    for part in (group, word):
        check_word("claim", part, name)
    if group == FINDING:
        raise UserError(
            f"given the claim {name!r}; the file of a finding is in the folder of what it is about: give "
            f"transfer.{word}, as an example, and change the id in the new file to {name}"
        )
    groups = sorted(one.parent.name for one in (root / "claims").glob("*/__init__.py"))
    if group not in groups:
        raise UserError(
            f"{unknown('group of claims', group, groups)}; a new group is a folder claims/{group} "
            "with an empty __init__.py: make it first"
        )
    if place := claim_ids(root).get(name):
        raise UserError(f"{place} declares the claim {name!r}; choose another name")
    command = f"python -m repro run --claim {name}"
    theory = group == THEORY
    judging = (
        ((command, "audit the rule and judge it, without training; not run until filled in"),)
        if theory
        else (
            (f"{command} --tier audit", "judge shipped runs, in seconds; not run until filled in"),
            (command, "train thirty runs per arm and judge them"),
        )
    )
    return Skeleton(
        f"claims/{group}/{word}.py",
        _filled("theory_claim" if theory else "claim", id=name, word=word),
        (*judging, ("python -m pytest tests/claims/test_conformance.py", "check its form")),
    )


def algorithm(name: str, root: Path, learner: str = "policy") -> Skeleton:
    """Return the skeleton of an algorithm.

    Args:
        name: name of its module.
        root: folder of the checkout.
        learner: one of `LEARNERS`.

    Raises:
        UserError: the name is invalid or taken.
    """
    from repro import algorithms  # noqa: PLC0415 - imports torch and numba

    check_word("algorithm", name, name)
    _check_free(name, algorithms, root)
    if name in algorithms.algorithm_names():
        raise UserError(f"there is an algorithm {name!r} already; choose another name")
    text = _filled(f"{learner}_algorithm", name=name, camel=camel(name))
    if camel(name) in _imported(text):
        raise UserError(
            f"given the algorithm {name!r}; its file imports another {camel(name)}: choose another name"
        )
    return Skeleton(
        f"repro/algorithms/{name}.py",
        text,
        (
            (f"python -m pytest tests/algorithms -k {name}", "run the tests for every algorithm"),
            ("python -m repro list algorithms", "check that it is found"),
            (
                f"python -m repro new claim transfer.{name}",
                "start a claim that trains and judges it",
            ),
        ),
    )


def task(name: str, root: Path) -> Skeleton:
    """Return the skeleton of a topology: a task to train on, and others to transfer to.

    Args:
        name: name of its module.
        root: folder of the checkout.

    Raises:
        UserError: the name is invalid or taken, or the names of its tasks are.
    """
    check_word("task", name, name)
    _check_free(name, tasks, root)
    prefix = camel(name)
    if near := [one for one in tasks.task_names() if one.startswith(prefix)]:
        raise UserError(
            f"given the task {name!r}; its tasks would be named {prefix}..., like the task {near[0]}: "
            "choose another name"
        )
    return Skeleton(
        f"repro/tasks/{name}.py",
        _filled("task", prefix=prefix),
        (
            ("python -m pytest tests/tasks", "run the tests for every task"),
            ("python -m repro list tasks", "list its problems"),
            (f"python -m repro new claim transfer.{name}", "start a claim on one of its problems"),
        ),
    )


KINDS: Mapping[str, Callable[[str, Path], Skeleton]] = {
    "claim": claim,
    "algorithm": algorithm,
    "task": task,
}


def claim_ids(root: Path) -> dict[str, str]:
    """Return the ids that files in claims/ declare, each with its file; files are not executed."""
    found: dict[str, str] = {}
    for path in sorted((root / "claims").glob("*/[!_]*.py")):
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue  # an unfinished file
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.claim"):
                ids = [word.value for word in node.keywords if word.arg == "id"]
                place = path.relative_to(root).as_posix()
                found |= {str(i.value): place for i in ids if isinstance(i, ast.Constant)}
    return found


def _check_free(name: str, package: ModuleType, root: Path) -> None:
    """Refuse the name of a module that exists, or of something else in the package."""
    folder = package.__name__.replace(".", "/")
    if (root / folder / f"{name}.py").exists():
        raise UserError(f"{folder}/{name}.py exists; choose another name")
    if hasattr(package, name) or find_spec(f"{package.__name__}.{name}"):
        raise UserError(f"{package.__name__} has a {name!r} already; choose another name")


def _imported(source: str) -> set[str]:
    """Return the names that a file imports."""
    nodes = ast.walk(ast.parse(source))
    return {alias.name for n in nodes if isinstance(n, ast.ImportFrom) for alias in n.names}


def _filled(template: str, **words: str) -> str:
    """Return a template of this package, filled in."""
    source = files(__package__).joinpath(f"{template}.py.txt").read_text(encoding="utf-8")
    return Template(source).substitute(words)


def check_word(kind: str, word: str, given: str) -> None:
    """Refuse a name that a module cannot have.

    Args:
        kind: what is named, for the message.
        word: the name, or a part of it.
        given: the whole name.

    Raises:
        UserError: the name is not a lower-case identifier, is a Python keyword, or is too long.
    """
    about = f"given the {kind} {given!r}"
    if not WORD.fullmatch(word) or len(word) > LONGEST:
        raise UserError(
            f"{about}; expected a lower-case letter, then lower-case letters, digits and _, at most "
            f"{LONGEST} characters{' on each side of one dot' if kind == 'claim' else ''}"
        )
    if keyword.iskeyword(word):
        raise UserError(f"{about}; {word!r} is a Python keyword: choose another name")


def camel(word: str) -> str:
    """Convert "my_rule" to "MyRule"."""
    return "".join(part.capitalize() for part in word.split("_"))


def write(skeleton: Skeleton, root: Path) -> Path:
    """Write a skeleton to the checkout; return its path. An existing file is never overwritten.

    Raises:
        UserError: the file exists or cannot be written completely; in the latter case it is deleted.
    """
    path = root / skeleton.place
    try:
        file = path.open("x", encoding="utf-8")
    except FileExistsError as error:
        raise UserError(f"{skeleton.place} exists; choose another name") from error
    except OSError as error:
        raise UserError(f"{skeleton.place} cannot be written: {error.strerror}") from error
    try:
        with file:
            file.write(skeleton.text)
    except OSError as error:
        path.unlink()
        raise UserError(f"{skeleton.place} cannot be written: {error.strerror}") from error
    return path
