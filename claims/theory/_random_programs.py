"""Random programs: run a graph many times, each time with newly drawn programs, and record two gradients.

What is random here? Each node is v = op_v(parents, n_v), where n_v, its program, is an independent and
unobserved root (talk:94-110). In one *repetition*, the inputs and the functions op_v are drawn and then
fixed. Within it there are many *draws*; in each, every node gets a new program n_v, independent of all
others. So the gradients of a repetition have a joint distribution given the inputs, and independence is a
question about this distribution. A gradient that depends on inputs and on its own program alone is
independent of all others. A gradient is a vector, as for a mechanism with several parameters.

The functions op_v are not drawn anew in each draw, because then the prior can hide what a value says. If each
program has a uniformly random phase, its output has the same distribution whatever its arguments are. This is
one of the two failures of faithfulness here that hold by construction; the other is two paths that cancel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from claims.theory._graphs import Question
from repro.causal.graphs.graph import topological_order
from repro.causal.graphs.reachability import reachable
from repro.errors import ClaimError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ends = tuple[Floats, Floats]
    """Draws of two gradients with M numbers each, [R, N, M]."""
    Programs = Callable[[Question, int, int, np.random.Generator], Ends]
    """From a question, the numbers of repetitions R and draws N, and a generator to the two gradients."""
    Step = Callable[[Floats, Floats, int, np.random.Generator], Floats]
    """From hidden parents [R, N, P], given ones [R, G], M and a generator to the value of a node, [R, N, M]."""

PARAMETERS = 8
"""Numbers in a gradient."""
UNITS = 6
"""Hidden units of a random network."""
CODE = 2
"""Numbers that a program consists of if they are arguments of a network."""
NOISE = 0.2
"""Standard deviation of what a program adds, or of these arguments; that of a value is 1."""
COEFFICIENTS = (0.5, 1.5)
"""Range of the absolute values of coefficients of linear programs."""
CANCELLING = Question({0: (), 1: (0,), 2: (0,), 3: (0, 1)}, (2, 3), frozenset())
"""h, m, and two gradients: h → m → δ2, h → δ2 and h → δ1."""


def additive(question: Question, repetitions: int, draws: int, rng: np.random.Generator) -> Ends:
    """Run v = f(parents) + n: f is a random smooth function, and the program n is noise.

    Args:
        question: in which no given node has a hidden parent.
        repetitions: R; inputs and functions are new in each.
        draws: N; programs are new in each.
        rng: source of random numbers.

    Raises:
        ClaimError: a given node has a hidden parent.
    """

    def step(hidden: Floats, given: Floats, size: int, rng: np.random.Generator) -> Floats:
        noise = rng.normal(size=(repetitions, draws, size))
        if not hidden.shape[-1]:  # then f(parents) is the same number in all draws
            return noise
        return _standardised(_network(hidden, given, size, rng)) + NOISE * noise

    return _run(step, question, (repetitions, draws), rng)


def indexed(question: Question, repetitions: int, draws: int, rng: np.random.Generator) -> Ends:
    """Run v = f(parents, n): the program n is a few numbers that select one of a family of functions.

    A new program changes how a value depends on its parents, and nothing is added. Arguments and errors as
    `additive`.
    """

    def step(hidden: Floats, given: Floats, size: int, rng: np.random.Generator) -> Floats:
        program = NOISE * rng.normal(size=(repetitions, draws, CODE))
        return _standardised(_network(np.concatenate([hidden, program], -1), given, size, rng))

    return _run(step, question, (repetitions, draws), rng)


def random_phase(
    question: Question, repetitions: int, draws: int, rng: np.random.Generator
) -> Ends:
    """Run v = cos(w · parents + n), where the program n is a uniformly random phase.

    A value then has one distribution, whatever its parents are, so that all gradients are independent on
    every graph in which none is an ancestor of another. Arguments and errors as `additive`.
    """

    def step(hidden: Floats, _given: Floats, size: int, rng: np.random.Generator) -> Floats:
        weights = rng.normal(size=(repetitions, hidden.shape[-1], size))
        phase = rng.uniform(0, 2 * np.pi, (repetitions, draws, size))
        return np.cos(hidden @ weights + phase)

    return _run(step, question, (repetitions, draws), rng)


def linear(question: Question, repetitions: int, draws: int, rng: np.random.Generator) -> Ends:
    """Run linear programs with Gaussian noise, conditioned on given nodes that may have hidden parents.

    Values v = B v + n are Gaussian; let C be their covariance. If C[:, G] C[G, G]⁻¹ (v[G] - g) is subtracted
    from a draw v, it becomes a draw from the distribution given v[G] = g. So no draw is rejected, and nothing
    is approximated. Gradients are single numbers, M = 1. Arguments as `additive`.
    """
    size, given = len(question.parents), sorted(question.given)
    B = np.zeros((repetitions, size, size))
    noise = np.ones(size)
    for node, parents in question.parents.items():
        noise[node] = NOISE if parents else 1
        for parent in parents:
            signs = rng.choice((-1, 1), repetitions)
            B[:, node, parent] = signs * rng.uniform(*COEFFICIENTS, repetitions)
    effects = np.linalg.inv(np.eye(size) - B) * noise  # of independent standard noise, [R, V, V]
    values = effects @ rng.normal(size=(repetitions, size, draws))
    C = effects @ effects.swapaxes(-2, -1)
    weights = np.linalg.solve(C[:, given][:, :, given], C[:, given])  # [R, G, V]
    # The first draw says at which values the given nodes are fixed.
    values -= weights.swapaxes(-2, -1) @ (values[:, given] - values[:, given, :1])
    first, second = (values[:, end, :, None] for end in question.ends)
    return first, second


def cancelling(_question: Question, repetitions: int, draws: int, rng: np.random.Generator) -> Ends:
    """Run `CANCELLING` with m = h + n and δ2 = m - h + n, so that its two paths from h cancel.

    δ2 is then a sum of two programs that δ1 does not depend on. Arguments as `additive`.
    """
    h, own = rng.normal(size=(repetitions, draws, 1)), rng.normal(size=(3, repetitions, draws, 1))
    m = h + own[0]
    return h + NOISE * own[1], m - h + NOISE * own[2]


def _run(step: Step, question: Question, shape: tuple[int, int], rng: np.random.Generator) -> Ends:
    """Compute the hidden ancestors of the ends in order; given nodes have one value in all draws."""
    if not question.closed:
        raise ClaimError(
            f"given {question}, in which a given node has a hidden parent; expected given nodes that can be "
            "fixed, use linear programs for others"
        )
    parents, given = question.parents, question.given
    needed = reachable(question.ends, lambda i: () if i in given else parents[i])
    values: dict[int, Floats] = {}
    for node in topological_order(parents):
        if node in needed and node in given:
            values[node] = rng.normal(size=(shape[0], 1))
        elif node in needed:
            hidden = [values[parent] for parent in parents[node] if parent not in given]
            fixed = [values[parent] for parent in parents[node] if parent in given]
            values[node] = step(
                np.concatenate([np.empty((*shape, 0)), *hidden], -1),
                np.concatenate([np.empty((shape[0], 0)), *fixed], -1),
                PARAMETERS if node in question.ends else 1,
                rng,
            )
    first, second = (values[end] for end in question.ends)
    return first, second


def _network(hidden: Floats, given: Floats, size: int, rng: np.random.Generator) -> Floats:
    """Apply a random network with one hidden layer, new in each repetition, [R, N, P] → [R, N, M].

    Given parents [R, G] have one value in all draws, so that they only move the offsets.
    """
    R, P, G = len(hidden), hidden.shape[-1], given.shape[-1]
    fixed = np.concatenate([given, np.ones((R, 1))], -1)[:, None]
    offset = fixed @ rng.normal(size=(R, G + 1, UNITS)) / np.sqrt(G + 1)
    first, last = rng.normal(size=(R, P, UNITS)) / np.sqrt(P), rng.normal(size=(R, UNITS, size))
    values: Floats = np.tanh(hidden @ first + offset) @ last
    return values


def _standardised(values: Floats) -> Floats:
    """Scale the draws of each repetition to mean 0 and variance 1, so that depth changes no scale.

    The draws of a node are then exchangeable but not independent, which is all that the test needs.
    """
    scaled: Floats = (values - values.mean(1, keepdims=True)) / values.std(1, keepdims=True)
    return scaled
