"""Learning algorithms: one file each, discovered by the name that its class sets.

There is one training procedure, in `repro.training.loop`. In each epoch it calls an algorithm to act
(`collect`), to assign credit (`assign_credit`), and for the gradients of each minibatch
(`minibatch_statistics`, `policy_gradient`, `value_gradient`). An algorithm is a frozen dataclass derived
from `Algorithm`, or from `clipped_policy.ClippedPolicy` or `value_learner.ValueLearner`; such a class
needs little more than `assign_credit`. `python -m repro new algorithm NAME` writes one to start from.

    >>> {"cvs", "ppo", "ppof", "q_learning"} <= set(algorithm_names())
    True
    >>> load("ppo", gae_lambda=0.5).gae_lambda
    0.5
"""

from __future__ import annotations

import pkgutil
from dataclasses import fields
from functools import cache
from typing import Any

from repro.algorithms.base import Algorithm, Outputs
from repro.errors import UserError, import_file, unknown

__all__ = ["Algorithm", "Outputs", "algorithm_names", "display_name", "load"]


@cache
def _found() -> dict[str, type[Algorithm]]:
    """All algorithm classes by name."""
    found: dict[str, type[Algorithm]] = {}
    for info in pkgutil.iter_modules(__path__):
        module = import_file(f"{__name__}.{info.name}")
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


def display_name(name: str) -> str:
    """Name of an algorithm in figures and tables; of one that is not here, the name itself.

    >>> display_name("q_learning"), display_name("somewhere_else")
    ('Q-learning', 'somewhere_else')
    """
    found = _found().get(name)
    return (found and found.display_name) or name


def load(name: str, /, **hyperparameters: Any) -> Algorithm:  # noqa: ANN401 - of different types
    """Create an algorithm; hyperparameters that are not given keep their defaults.

    Raises:
        UserError: no algorithm has this name, it has no such hyperparameter, or a value is invalid.
    """
    found = _found()
    if name not in found:
        raise unknown("algorithm", name, found)
    algorithm = found[name]
    known = [field.name for field in fields(algorithm)]
    for hyperparameter in hyperparameters:
        if hyperparameter not in known:
            raise unknown(f"hyperparameter of {name}", hyperparameter, known)
    return algorithm(**hyperparameters)
