"""Time this engine, JAX and Stable-Baselines3 on the same task, on one core, in one run.

The JAX versions of PPO and CVS must first agree with ours in their mean return. The exit code is 0 if
they do.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from repro import algorithms, tasks
from repro.storage import provenance
from repro.training.loop import train
from repro.training.trainer import Trainer, init_weights, stream
from tests.verification.peers.timing import Comparison, Program, Speed, speeds
from tests.verification.program import NOT_RUN, Report, arguments, progress
from tests.verification.tables import markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.algorithms import Algorithm
    from repro.mdp.task import Tables

PROBLEM = "linear_chain.training"
SEEDS = tuple(range(10))
CHECKED_EPOCHS = 50
CHECKED_RATE = 1e-3
"""Learning rate of the policies in the comparison: with the protocol's 4e-5, nothing is learned in so few
epochs, and a version that learns nothing would agree."""
LEARNED = 2.0
"""Both must have this many times the return of a policy that chooses at random, on average over all
epochs: the comparison is about how soon the return rises."""
RANDOM = 1179473 / 7558272
"""Mean return of a policy that chooses at random, by dynamic programming."""
EPOCHS = {"ours": 10, "jax": 4, "sb3": 1}
"""Epochs of one timing."""
IN_JAX = ("ppo", "cvs")
"""Algorithms that have a JAX version here, in `jax_ppo.py` and `jax_cvs.py`."""
NEEDED = ("jax", "optax", "gymnasium", "stable_baselines3")


def main(words: Sequence[str] | None = None) -> int:
    """Compare and time; return the exit code."""
    options = arguments("peers", __doc__).parse_args(words)
    one_core()
    missing = [name for name in NEEDED if not importable(name)]
    if missing:
        progress(
            f"{' and '.join(missing)} cannot be imported; `nox -s peers` installs what is compared here; "
            "the speed of this project alone: `nox -s bench`"
        )
        return NOT_RUN
    tables = tasks.problem(PROBLEM).merged
    compared = [compare(name, tables) for name in IN_JAX]
    programs = [*(ours(name, tables) for name in algorithms.algorithm_names())]
    programs += [jax_program(name, tables) for name in IN_JAX]
    programs.append(sb3_program(tables))
    progress("timing")
    return report(compared, speeds(programs)).conclude(options.out)


def one_core() -> None:
    """Limit this process to one core and its libraries to one thread; call it before importing JAX."""
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    torch.set_num_threads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def importable(name: str) -> bool:
    """Return whether a module can be imported."""
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def trainer(
    name: str, tables: Tables, seeds: Sequence[int] = SEEDS, **hyperparameters: float
) -> Trainer:
    """Make a block of runs from fresh weights."""
    algorithm = algorithms.load(name, **hyperparameters)
    generators = tuple(stream(name, PROBLEM, seed) for seed in seeds)
    return Trainer(algorithm, tables, generators, init_weights(algorithm, tables, generators))


def compare(name: str, tables: Tables) -> Comparison:
    """Train the same number of runs here and in JAX, at a rate at which 50 epochs teach something."""
    progress(f"{name}: {CHECKED_EPOCHS} epochs of {len(SEEDS)} runs here and in JAX")
    here = train(
        trainer(name, tables, policy_lr=CHECKED_RATE),
        epochs=CHECKED_EPOCHS,
        run_ids=tuple(map(str, SEEDS)),
    ).returns
    peer = in_jax(algorithms.load(name, policy_lr=CHECKED_RATE), tables)
    _, there = peer.train(CHECKED_EPOCHS)(runners(peer))
    return Comparison.of(name, here, np.asarray(there), LEARNED * RANDOM)


def in_jax(algorithm: Algorithm, tables: Tables) -> Any:  # noqa: ANN401 - JAX may be missing
    """Return the JAX version of an algorithm, a `jax_parts.Peer`."""
    module = importlib.import_module(f"tests.verification.peers.jax_{algorithm.name}")
    return module.peer(algorithm, tables)


def runners(peer: Any) -> Any:  # noqa: ANN401 - of JAX
    """Initialise the runs of a peer."""
    jax = importlib.import_module("jax")
    return jax.vmap(peer.init)(jax.random.split(jax.random.key(1), len(SEEDS)))


def ours(name: str, tables: Tables) -> Program:
    """Return this project's engine."""
    made = trainer(name, tables)

    def run() -> None:
        for _ in range(EPOCHS["ours"]):
            made.epoch(made.outputs())

    transitions = EPOCHS["ours"] * len(SEEDS) * made.algorithm.steps
    return Program("this engine", name, transitions, run)


def jax_program(name: str, tables: Tables) -> Program:
    """Return the JAX version of an algorithm."""
    algorithm = algorithms.load(name)
    peer = in_jax(algorithm, tables)
    state, learn = [runners(peer)], peer.train(EPOCHS["jax"])

    def run() -> None:
        state[0], returns = learn(state[0])
        np.asarray(returns)  # waits for the result

    return Program("JAX", name, EPOCHS["jax"] * len(SEEDS) * algorithm.steps, run)


def sb3_program(tables: Tables) -> Program:
    """Return the PPO of Stable-Baselines3 with the same settings; it trains one run."""
    theirs = importlib.import_module("tests.verification.oracle.theirs")
    environments = importlib.import_module("tests.verification.oracle.environments")
    one = trainer("ppo", tables, SEEDS[:1])
    weights = {name: array[0, 0] for name, array in one.weights().items()}
    model = theirs.make(one.algorithm, environments.TaskEnv(tables), weights)
    steps = EPOCHS["sb3"] * one.algorithm.steps
    return Program("Stable-Baselines3", "ppo", steps, lambda: model.learn(steps))


def report(compared: Sequence[Comparison], found: Sequence[Speed]) -> Report:
    """Write the tables."""
    base = {speed.algorithm: speed.median for speed in found if speed.name == "this engine"}
    rows = [
        (
            f"{algorithms.display_name(one.algorithm)}, {one.name}",
            f"{one.median / 1e6:.3g}",
            f"{min(one.rates) / 1e6:.3g} to {max(one.rates) / 1e6:.3g}",
            f"{one.median / base['ppo']:.3g}",
            f"{base[one.algorithm] / one.median:.3g}",
        )
        for one in found
    ]
    head = (
        "algorithm",
        "million transitions a second",
        "lowest and highest",
        "relative to PPO here",
        "this engine is faster by",
    )
    checks = [
        (
            algorithms.display_name(c.algorithm),
            f"{c.ours:.4f}",
            f"{c.theirs:.4f}",
            f"{c.error:.4f}",
            c.agree,
        )
        for c in compared
    ]
    commit, dirty = provenance.commit()
    facts = {
        "commit": commit,
        "dirty": dirty,
        "environment": provenance.environment()
        | {
            name: importlib.metadata.version(name) for name in ("jax", "optax", "stable-baselines3")
        },
        "runs": len(SEEDS),
        "head": head,
        "rows": rows,
        "checks": [vars(c) | {"agree": c.agree} for c in compared],
        "rates": [vars(one) for one in found],
    }
    text = (
        f"# Speed compared with other implementations\n\n{PROBLEM}, one core; {len(SEEDS)} runs at once here and "
        f"in JAX, one in Stable-Baselines3.\n\n## Transitions learned, median of {len(found[0].rates)} "
        f"turns\n\n{markdown(head, rows, numbers=True)}\n## Mean return of {CHECKED_EPOCHS} epochs, "
        f"policies' learning rate {CHECKED_RATE:g}\n\n"
        + markdown(("algorithm", "here", "JAX", "standard error", "agree"), checks)
    )
    problems = [
        f"{c.algorithm}: mean return {c.ours:.4f} here and {c.theirs:.4f} in JAX, standard error "
        f"{c.error:.4f}"
        for c in compared
        if not c.agree
    ]
    return Report("peers", text, facts, problems)


if __name__ == "__main__":
    sys.exit(main())
