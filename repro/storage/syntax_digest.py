"""A digest of source code that changes with what the code does, not with how it is worded.

It covers the syntax tree of some modules and of every module of the package that they import.
Formatting, comments and docstrings are not in it. Annotations are, because dataclasses read them;
elsewhere, a changed annotation costs a repeated computation but never a wrong result. The digest is
the same under Python 3.11 to 3.14, although `ast.dump` is not.

A module that is moved or renamed keeps its part of the digest if `LABELS` has its old name.

The `__init__` of the whole package counts as an empty module: it only offers names of other modules to users,
and a test holds that it does. Otherwise every digest would cover all that can be reached from there.
"""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

from repro.errors import UserError

Labels = tuple[tuple[str, str], ...]
LABELS: Labels = ()
"""Pairs (module or package, its name in digests): one for each that was moved or renamed without a
change of its code. Without an entry, digests contain the current name."""
FOLDER = Path(__file__).parents[2]
"""The folder that contains the package `repro`."""
_FRONT = '"""Names for users."""'
"""What the `__init__` of the whole package counts as."""
_SKIPPED = {"ctx", "kind", "type_comment"}
"""Fields of syntax trees that follow from the position of a node, or have no effect."""


@cache
def code_digest(modules: tuple[str, ...], labels: Labels = LABELS, folder: Path = FOLDER) -> str:
    """SHA-256 of the code of modules and of all modules of their packages that they import.

    Args:
        modules: full names.
        labels: as `LABELS`.
        folder: where the packages are.

    Raises:
        UserError: a module does not exist, or an import is relative.
    """
    sources = imported_modules(modules, folder)
    sources.pop(
        __name__, None
    )  # it computes nothing of a run, and an entry in LABELS must not count
    digest = hashlib.sha256()
    for name, source in sorted((_label(n, labels), s) for n, s in sources.items()):
        code = canonical(source, labels)
        digest.update(f"{name} {len(code)}\n{code}".encode())
    return digest.hexdigest()


def imported_modules(modules: tuple[str, ...], folder: Path = FOLDER) -> dict[str, str]:
    """Return the sources, by name, of modules and of all modules of their packages that they import.

    Imports count wherever they are in a source. Nothing is imported to find them.

    Raises:
        UserError: as `code_digest`.
    """
    packages = {name.partition(".")[0] for name in modules}
    sources: dict[str, str] = {}
    todo = list(modules)
    while todo:
        name = todo.pop()
        if name in sources or name.partition(".")[0] not in packages:
            continue
        path = _path(name, folder)
        if path is None:
            raise UserError(
                f"given the module {name!a}; expected one in {folder}: "
                "after a rename, update repro.records.keys, or add the old name to LABELS in "
                "repro.storage.syntax_digest"
            )
        sources[name] = path.read_text(encoding="utf-8") if "." in name else _FRONT
        for module, member in _imports(name, sources[name]):
            todo.append(module)
            if member and _path(f"{module}.{member}", folder):
                todo.append(f"{module}.{member}")
    return sources


@cache
def _tree(source: str) -> ast.Module:
    """Parse a source once; the trees are not changed."""
    return ast.parse(source)


def _path(name: str, folder: Path) -> Path | None:
    """Source file of a module; None if there is none."""
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    module = folder.joinpath(*parts)
    files = (module.with_suffix(".py"), module / "__init__.py")
    return next((file for file in files if file.is_file()), None)


@cache
def _imports(name: str, source: str) -> tuple[tuple[str, str], ...]:
    """Pairs (module, imported member or "") of all imports of a module."""
    found: list[tuple[str, str]] = []
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.Import):
            found += ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level or node.module is None:
                raise UserError(f"{name} has a relative import; expected the full name")
            found += ((node.module, alias.name) for alias in node.names)
    return tuple(found)


@cache
def canonical(source: str, labels: Labels = LABELS) -> str:
    """Write the syntax tree of a source as text, without what does not change its effect."""
    return _written(_tree(source), labels)


def _written(node: object, labels: Labels) -> str:
    if isinstance(node, list):
        return f"[{','.join(_written(part, labels) for part in node if not _is_text(part))}]"
    if isinstance(node, ast.ImportFrom):
        names = [
            (f"{node.module}.{alias.name}", alias.asname or alias.name) for alias in node.names
        ]
        return f"ImportFrom({[(_label(name, labels), bound) for name, bound in names]!a})"
    if isinstance(node, ast.Import):
        return f"Import({[(_label(a.name, labels), a.asname) for a in node.names]!a})"
    if isinstance(node, ast.JoinedStr):  # to some of these, Python 3.12 adds empty strings
        node = ast.JoinedStr([v for v in node.values if getattr(v, "value", None) != ""])
    if not isinstance(node, ast.AST):
        return ascii(node)  # not `repr`, which follows the Unicode version of Python
    # Empty fields are left out: which of them a node has depends on the version of Python.
    fields = [
        f"{name}={_written(value, labels)}"
        for name, value in ast.iter_fields(node)
        if name not in _SKIPPED and value is not None and value != []
    ]
    return f"{type(node).__name__}({','.join(fields)})"


def _is_text(node: object) -> bool:
    """Whether a statement is only a string: a docstring, or a description of a variable."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _label(name: str, labels: Labels) -> str:
    """Replace the module or package that a full name begins with by its label."""
    for module, label in sorted(labels, key=lambda pair: -len(pair[0])):
        if f"{name}.".startswith(f"{module}."):
            return label + name[len(module) :]
    return name
