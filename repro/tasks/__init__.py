"""The tasks and problems: each file is one topology, with the file's name.

A file defines `TOPOLOGY`, a `repro.mdp.task.Topology`. New files are discovered; `python -m repro new
task NAME` writes one to start from.

    >>> problem("linear_chain.last").pretraining
    'linear_chain.training'
    >>> [task.name for task in problem("common_ancestor.training").tasks]
    ['ComAncAB', 'ComAncAC']
"""

from __future__ import annotations

import pkgutil
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from repro.errors import TaskError, import_file, unknown, unusable
from repro.mdp import dynamic_programming
from repro.mdp.dynamic_programming import Decision, optimal_path
from repro.mdp.task import Topology

if TYPE_CHECKING:
    from types import ModuleType

    from repro.mdp.task import Problem, Task


@dataclass(frozen=True)
class Catalogue:
    """The contents of a package of topologies.

    Attributes:
        tasks: all tasks by name, in the order in which the problems use them.
        problems: all problems by name: topologies in the order of file names; in each of them the
            training problem, then its transfers.
    """

    tasks: dict[str, Task]
    problems: dict[str, Problem]


def discover(package: ModuleType) -> Catalogue:
    """Collect the topologies that the modules of `package` define.

    Raises:
        TaskError: a module cannot be imported or defines no topology, its tasks do not fit together,
            or two tasks have the same name. The error names the file.
    """
    catalogue = Catalogue({}, {})
    owner: dict[str, str] = {}
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        module = import_file(f"{package.__name__}.{found.name}", TaskError)
        topology = getattr(module, "TOPOLOGY", None)
        if not isinstance(topology, Topology):
            raise TaskError(
                f"{module.__file__}: TOPOLOGY is {topology!r}; expected a repro.mdp.task.Topology, "
                "as every file in this folder must define"
            )
        try:
            problems = topology.problems(found.name)
        except Exception as error:  # a topology may hold anything
            raise unusable(module.__name__, error, TaskError) from error
        for problem in problems:
            catalogue.problems[problem.name] = problem
            for task in problem.tasks:
                if catalogue.tasks.setdefault(task.name, task) is not task:
                    raise TaskError(
                        f"task {task.name!r} is defined in {owner[task.name]} and again in "
                        f"{module.__file__}; rename one, or use the same object"
                    )
                owner.setdefault(task.name, str(module.__file__))
    return catalogue


@cache
def _catalogue() -> Catalogue:
    return discover(sys.modules[__name__])


def load(name: str) -> Task:
    """Return the task of that name, such as "LinABC".

    Raises:
        UserError: there is none; the error suggests similar names.
    """
    tasks = _catalogue().tasks
    if name not in tasks:
        raise unknown("task", name, tasks)
    return tasks[name]


def task_names() -> tuple[str, ...]:
    """Return the names of all tasks, in the order in which the problems use them."""
    return tuple(_catalogue().tasks)


def problem(name: str) -> Problem:
    """Return the problem of that name, such as "linear_chain.training" or "linear_chain.last".

    Raises:
        UserError: there is none; the error suggests similar names.
    """
    problems = _catalogue().problems
    if name not in problems:
        raise unknown("problem", name, problems)
    return problems[name]


def problem_names() -> tuple[str, ...]:
    """Return the names of all problems: each training problem, then its transfers in order."""
    return tuple(_catalogue().problems)


def optimal_states(name: str, discount: float) -> list[int]:
    """List the rows of a problem's tables in which an agent that acts optimally takes its actions.

    Raises:
        UserError: there is no such problem.
    """
    found: list[int] = []
    offset = 0
    for task in problem(name).tasks:
        found += [offset + state for state in dynamic_programming.optimal_states(task, discount)]
        offset += len(task.terminal)
    return found


def optimal_paths(name: str, discount: float) -> list[tuple[Decision, ...]]:
    """Return the optimal path of each task of a problem; states are rows of the problem's tables.

    Raises:
        UserError: there is no such problem, or a task has no single optimal path.
    """
    paths, offset = [], 0
    for task in problem(name).tasks:
        path = optimal_path(task, discount)
        paths.append(tuple(step._replace(state=offset + step.state) for step in path))
        offset += len(task.terminal)
    return paths
