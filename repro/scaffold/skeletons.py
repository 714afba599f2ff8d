"""What can be begun by a skeleton: under which names, in which place, and what comes after."""

from __future__ import annotations

import ast
import keyword
import re
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from repro import algorithms, tasks
from repro.errors import UserError, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import ModuleType


WORD = re.compile(r"[a-z][a-z0-9_]*")
LONGEST = 28


@dataclass(frozen=True)
class Skeleton:
    """A file to be written.

    Attributes:
        place: its path in the checkout, with slashes.
        text: all of it.
        then: commands to go on with, each with what it is for.
    """

    place: str
    text: str
    then: tuple[tuple[str, str], ...]


def claim(name: str, root: Path) -> Skeleton:
    """Begin a claim.

    Args:
        name: its id, "group.name".
        root: of the checkout.

    Raises:
        UserError: the id is none or is taken, or there is no such group.
    """
    group, dot, word = name.partition(".")
    if not dot:
        raise UserError(f"given the claim {name!r}; expected group.name, as transfer.my_claim")
    for part in (group, word):
        check_word("claim", part, name)
    groups = sorted(one.parent.name for one in (root / "claims").glob("*/__init__.py"))
    if group not in groups:
        raise UserError(
            f"{unknown('group of claims', group, groups)}; a new group is a folder claims/{group} "
            "with an empty __init__.py: make that first"
        )
    declared = claim_ids(root)
    if name in declared:
        raise UserError(f"{declared[name]} declares the claim {name!r}; choose another name")
    judged = f"python -m repro run --claim {name}"
    return Skeleton(
        f"claims/{group}/{word}.py",
        _filled("claim", id=name, word=word),
        (
            (f"{judged} --tier audit", "on the shipped runs, in seconds: not run until filled in"),
            (judged, "on ten runs of its own an arm, which it trains"),
            ("python -m pytest tests/claims/test_conformance.py", "its form"),
        ),
    )


def algorithm(name: str, root: Path) -> Skeleton:
    """Begin an algorithm.

    Args:
        name: as Python calls a module.
        root: of the checkout.

    Raises:
        UserError: the name is none or is taken.
    """
    check_word("algorithm", name, name)
    _check_free(name, algorithms, root)
    if name in algorithms.algorithm_names():
        raise UserError(f"there is an algorithm {name!r} already; choose another name")
    text = _filled("algorithm", name=name, camel=camel(name))
    if camel(name) in _imported(text):
        raise UserError(
            f"given the algorithm {name!r}; its file imports another {camel(name)}: choose another name"
        )
    return Skeleton(
        f"repro/algorithms/{name}.py",
        text,
        (
            (f"python -m pytest tests/algorithms -k {name}", "what holds for every algorithm"),
            ("python -m repro list algorithms", "it is found"),
            (f"python -m repro new claim transfer.{name}", "a claim that trains and judges it"),
        ),
    )


def task(name: str, root: Path) -> Skeleton:
    """Begin a topology: a task to train on, and others to transfer to.

    Args:
        name: as Python calls a module.
        root: of the checkout.

    Raises:
        UserError: the name is none or is taken, or its tasks' names are.
    """
    check_word("task", name, name)
    _check_free(name, tasks, root)
    prefix = camel(name)
    if near := [one for one in tasks.task_names() if one.startswith(prefix)]:
        raise UserError(
            f"its tasks would be named {prefix}..., as {near[0]} is already; choose another name"
        )
    return Skeleton(
        f"repro/tasks/{name}.py",
        _filled("task", prefix=prefix),
        (
            ("python -m pytest tests/tasks", "what holds for every task"),
            ("python -m repro list tasks", "its problems"),
            (f"python -m repro new claim transfer.{name}", "a claim whose PROBLEM is one of these"),
        ),
    )


KINDS: Mapping[str, Callable[[str, Path], Skeleton]] = {
    "claim": claim,
    "algorithm": algorithm,
    "task": task,
}


def claim_ids(root: Path) -> dict[str, str]:
    """Ids that the files in claims/ declare, with the file of each; read, not executed."""
    found: dict[str, str] = {}
    for path in sorted((root / "claims").glob("*/[!_]*.py")):
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue  # a file somebody is at work on
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.claim"):
                ids = [word.value for word in node.keywords if word.arg == "id"]
                place = path.relative_to(root).as_posix()
                found |= {str(i.value): place for i in ids if isinstance(i, ast.Constant)}
    return found


def _check_free(name: str, package: ModuleType, root: Path) -> None:
    """Refuse a module that is there, or that would hide what its package offers under the name."""
    folder = package.__name__.replace(".", "/")
    if (root / folder / f"{name}.py").exists():
        raise UserError(f"{folder}/{name}.py exists; choose another name")
    if hasattr(package, name):
        raise UserError(f"{name!r} means something in {package.__name__}; choose another name")


def _imported(source: str) -> set[str]:
    """Names that a file imports."""
    nodes = ast.walk(ast.parse(source))
    return {alias.name for n in nodes if isinstance(n, ast.ImportFrom) for alias in n.names}


def _filled(template: str, **words: str) -> str:
    """Fill in a template of this package."""
    source = files(__package__).joinpath(f"{template}.py.txt").read_text(encoding="utf-8")
    return Template(source).substitute(words)


def check_word(kind: str, word: str, given: str) -> None:
    """Refuse what cannot be a module's name.

    Args:
        kind: what is named, for the message.
        word: the name, or the part of it that is looked at.
        given: all that was given.

    Raises:
        UserError: it is no lower-case identifier, a Python keyword, or too long.
    """
    about = f"given the {kind} {given!r}"
    if not WORD.fullmatch(word) or len(word) > LONGEST:
        raise UserError(
            f"{about}; expected lower-case letters, digits and _, a letter first, at most {LONGEST} "
            f"characters{' on each side of one dot' if kind == 'claim' else ''}"
        )
    if keyword.iskeyword(word):
        raise UserError(f"{about}; {word!r} is a word of Python's own: choose another name")


def camel(word: str) -> str:
    """Write "my_rule" as "MyRule"."""
    return "".join(part.capitalize() for part in word.split("_"))


def write(skeleton: Skeleton, root: Path) -> Path:
    """Write a skeleton to the checkout; never over a file that is there.

    Raises:
        UserError: the file exists, or cannot be written; then there is none.
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
