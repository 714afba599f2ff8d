"""Task tables: arrays and lists of moves, damaged in any way."""

from __future__ import annotations

import functools
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from repro.errors import TaskError
from repro.mdp.edges import task_from_edges
from repro.mdp.task import Problem, Task, Topology
from repro.tasks import discover
from tests.verification.fuzz.bounds import ViolationError, refused
from tests.verification.fuzz.oddities import names, numbers, texts, values
from tests.verification.fuzz.running import Property

if TYPE_CHECKING:
    from numpy.typing import NDArray

DTYPES = ("int64", "int32", "uint8", "float64", "float32", "bool", "complex128", "object", "U3")
HUGE = 400
"""Number of states of the largest generated task."""


def sound(states: int, letters: int) -> dict[str, Any]:
    """Make the fields of a chain of states."""
    next_state = np.tile(np.arange(states)[:, None], (1, letters))
    next_state[:-1, 0] = np.arange(1, states)
    terminal = np.arange(states) == states - 1
    reward = np.zeros((states, letters))
    reward[max(0, states - 2), 0] = 0.8 if states > 1 else 0.0
    return {
        "name": "made_up",
        "next_state": next_state,
        "reward": reward,
        "terminal": terminal,
        "observation": np.eye(states, dtype=np.float32),
        "start": 0,
        "horizon": max(10, states),
        "state_names": tuple(map(str, range(states))),
        "action_names": tuple("ABCDEFGH"[:letters]),
    }


@st.composite
def _array(draw: st.DrawFn, given: NDArray[Any]) -> Any:  # noqa: ANN401 - also other things than arrays
    """Damage an array: its numbers, shape, type, or replace it."""
    do = draw(st.sampled_from(("number", "number", "shape", "type", "list", "order", "odd")))
    if do == "number" and given.size:
        made = given.copy()
        place = draw(st.integers(0, given.size - 1))
        with np.errstate(all="ignore"):
            try:
                made.flat[place] = draw(numbers() | st.integers(-1, given.size))
            except (OverflowError, ValueError):  # the type cannot hold it
                made.flat[place] = -1
        return made
    if do == "shape":
        shape = draw(arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
        return np.resize(given, shape)
    if do == "type":
        with np.errstate(all="ignore"):
            return given.astype(draw(st.sampled_from(DTYPES)))
    if do == "order":
        return np.asfortranarray(np.flip(given))
    return given.tolist() if do == "list" else draw(values())


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    """The fields of a task, up to three of them damaged."""
    sizes = st.integers(1, 5) | st.just(HUGE)
    fields = sound(draw(sizes), draw(st.integers(1, 4)))
    size = len(fields["terminal"])
    if size < HUGE and draw(st.booleans()):
        likely, stay = np.eye(size)[fields["next_state"]], np.eye(size)[:, None]
        fields["probability"] = 0.75 * likely + 0.25 * stay
    for _ in range(draw(st.integers(0, 3))):
        name = draw(st.sampled_from(sorted(fields)))
        given = fields[name]
        if isinstance(given, np.ndarray):
            fields[name] = draw(_array(given))
        elif isinstance(given, tuple):
            fields[name] = draw(
                st.lists(names(), max_size=5).map(tuple)
                | st.just(given[:-1])
                | st.just((*given, *given[:1]))
            )
        elif isinstance(given, str):
            fields[name] = draw(names())
        else:
            fields[name] = draw(st.integers(-2, 6) | st.integers())
    return fields


def check_table(fields: dict[str, Any]) -> str:
    """A task is refused, or everything that the engine reads of it is in range, and copied."""
    try:
        task = Task(**fields)
    except TaskError as error:
        return refused(functools.partial(_again, error))
    states, letters = len(task.state_names), len(task.action_names)
    if not (
        task.next_state.shape == task.reward.shape == (states, letters)
        and task.terminal.shape == (states,)
        and task.next_state.dtype == np.int64
        and task.observation.dtype == np.float32
        and 0 <= task.start < states
        and (task.next_state >= 0).all()
        and (task.next_state < states).all()
        and np.isfinite(task.reward).all()
        and np.isfinite(task.observation).all()
    ):
        raise ViolationError("a task was made with inconsistent tables")
    if not np.allclose(task.transition.sum(axis=-1), 1) or (task.transition < 0).any():
        raise ViolationError("a task was made with probabilities that are none")
    if any(
        isinstance(x, np.ndarray) and np.shares_memory(x, getattr(task, n))
        for n, x in fields.items()
    ):
        raise ViolationError("a task shares memory with what it was made of")
    merged = Problem("made_up.training", (task,), None).merged
    if not (
        np.isfinite(task.best_return) and task.best_return and np.isfinite(merged.regret).all()
    ):
        raise ViolationError("a task was made whose best return convergence cannot be judged by")
    return ""


def _again(error: Exception) -> None:
    raise error


@st.composite
def moves(draw: st.DrawFn) -> dict[str, Any]:
    """The arguments of `task_from_edges`: a short chain of moves, some of them odd."""
    places = st.integers(-2, 6)
    state = st.tuples(places, places)
    chain = [
        ((0, 0), "A", (1, 1), 0.0),
        ((1, 1), "B", (2, -1), 0.0),
        ((2, -1), "C", (3, 4), 0.8),
    ]
    letters = st.sampled_from("ABCDEFG") | names()
    chance = st.dictionaries(state, st.sampled_from((0.5, 0.5, 1.0, 0.0)) | numbers(), max_size=3)
    odd = st.tuples(state, letters, state | chance, numbers() | st.just(0.0))
    edges: list[Any] = draw(st.permutations([*chain, *draw(st.lists(odd, max_size=3))]))
    words: dict[str, Any] = {
        "name": draw(st.just("made_up") | names()),
        "start": draw(st.just((0, 0)) | state),
        "terminal": draw(st.just([(3, 4)]) | st.lists(state, max_size=3)),
        "edges": edges[draw(st.sampled_from((0, 0, 0, 1))) :],
    }
    for name in ("locations", "keys", "horizon"):
        if draw(st.integers(0, 3)) == 0:
            words[name] = draw(st.integers(-1, 50))
    if draw(st.integers(0, 3)) == 0:
        words["actions"] = draw(st.sampled_from(("ABC", "AABC", "", "ABCDEFG", ("A", "B", "C"))))
    return words


def check_moves(words: dict[str, Any]) -> str:
    """Moves are refused, or make a task."""
    return refused(lambda: task_from_edges(**words))


@st.composite
def topologies(draw: st.DrawFn) -> list[tuple[str, Any]]:
    """Modules of a package of topologies: sound tasks, shared names, other objects."""
    task = st.builds(
        lambda name, states, letters: Task(**{**sound(states, letters), "name": name}),
        st.sampled_from(("one", "two")),
        st.integers(2, 4),
        st.integers(1, 3),
    )
    tasks = st.lists(task, max_size=2).map(tuple)
    names = st.sampled_from(("last", "training", "first")) | texts()
    topology = st.builds(Topology, tasks, st.dictionaries(names, tasks, max_size=2))
    modules = st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True)
    return [(name, draw(topology | values())) for name in draw(modules)]


def check_topologies(modules: list[tuple[str, Any]]) -> str:
    """A package of topologies is refused, or all its problems can be merged."""
    package = types.ModuleType("fuzzed_tasks")
    package.__path__ = [str(Path.cwd())]
    made = [package.__name__]
    sys.modules[package.__name__] = package
    try:
        for name, topology in modules:
            Path(f"{name}.py").write_text("", encoding="utf-8")
            module = types.ModuleType(f"{package.__name__}.{name}")
            module.__dict__.update(TOPOLOGY=topology, __file__=str(Path.cwd() / f"{name}.py"))
            sys.modules[module.__name__] = module
            made.append(module.__name__)

        def found() -> None:
            for problem in discover(package).problems.values():
                _ = problem.merged

        return refused(found)
    finally:
        for name in made:
            del sys.modules[name]


def all_of(kind: str = "tasks") -> list[Property]:
    """Return the properties of this kind."""
    return [
        Property(kind, "tables", tables, check_table, 1500, 8),
        Property(kind, "moves", moves, check_moves, 600, 4),
        Property(kind, "topologies", topologies, check_topologies, 400, 8),
    ]
