"""The algorithms, one file each; a file added here is found, nothing lists them."""

from __future__ import annotations

import pkgutil
from dataclasses import fields
from functools import cache
from importlib import import_module
from typing import Any

from repro.algorithms.base import Algorithm
from repro.errors import UserError, unknown

__all__ = ["Algorithm", "algorithm_names", "load"]


@cache
def _found() -> dict[str, type[Algorithm]]:
    """All algorithm classes by name."""
    found: dict[str, type[Algorithm]] = {}
    for info in pkgutil.iter_modules(__path__):
        module = import_module(f"{__name__}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Algorithm) and hasattr(value, "name"):
                other = found.setdefault(value.name, value)
                if other is not value:
                    raise UserError(
                        f"two algorithms are named {value.name!r}, in {other.__module__} and "
                        f"{value.__module__}; rename one"
                    )
    return found


def algorithm_names() -> tuple[str, ...]:
    """Names of all algorithms, sorted."""
    return tuple(sorted(_found()))


def load(name: str, /, **settings: Any) -> Algorithm:  # noqa: ANN401 - whole numbers and others
    """Make an algorithm with the protocol's hyperparameters, but for those given.

    Raises:
        UserError: no algorithm has this name, or it has no such hyperparameter.
    """
    found = _found()
    if name not in found:
        raise unknown("algorithm", name, found)
    algorithm = found[name]
    known = [field.name for field in fields(algorithm)]
    for setting in settings:
        if setting not in known:
            raise unknown(f"hyperparameter of {name}", setting, known)
    return algorithm(**settings)
