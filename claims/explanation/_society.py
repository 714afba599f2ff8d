"""Shared by the claims on societies that differ from CVS in one thing: their blocks and settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from claims.explanation._shared import variant
from claims.explanation.seen_states import IN_PLACE
from claims.transfer._arms import halves
from repro.protocol import pretraining, transfer
from repro.protocol.blocks import PRETRAINING_EPOCHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from repro.protocol import Block
    from repro.statistics import ConvergenceTimes

    Times = Mapping[str, ConvergenceTimes]
    """Times by setting."""

FROM_CVS = (
    "Each transfer of a changed CVS starts from the weights of CVS's own training and is given as many "
    f"epochs as training, {PRETRAINING_EPOCHS:,}, and not 50,000: CVS needs a few hundred, so that a society that "
    "does not converge by then is slower by far more than the smallest effect. Its runs are censored and its "
    "ratio is a lower bound."
)


def topology(problem: str) -> str:
    """Return the topology on which the training for a transfer problem was done.

    >>> topology("chain_in_place.last"), topology("common_ancestor.ancestor")
    ('linear_chain', 'common_ancestor')
    """
    own = problem.partition(".")[0]
    return IN_PLACE.get(own, own)


def from_cvs(
    algorithm: str,
    problem: str,
    seeds: tuple[int, ...],
    hyperparameters: Mapping[str, float],
) -> Block:
    """Return the transfer of a society from CVS's shipped weights; of CVS as it is, the shipped transfer.

    Args:
        algorithm: whose networks are those of CVS.
        problem: a transfer problem.
        seeds: one run each.
        hyperparameters: of the transfer; CVS was trained with the protocol's.
    """
    parent = pretraining("cvs", topology(problem), seeds)
    if algorithm == "cvs" and not hyperparameters:
        return transfer(algorithm, problem, seeds, parent=parent)
    block = variant(algorithm, problem, seeds, hyperparameters=hyperparameters, parent=parent)
    return replace(block, epochs=PRETRAINING_EPOCHS)


def grouped(of: Times) -> list[list[ConvergenceTimes]]:
    """Group times by the training from which their transfers start."""
    found: dict[str, list[ConvergenceTimes]] = {}
    for problem, times in of.items():
        found.setdefault(topology(problem), []).append(times)
    return [*found.values()]


def split(of: Times) -> tuple[Times, Times]:
    """Split an arm in two by the order of its seeds: two arms without a true difference."""
    first, second = (
        {problem: halves(times)[side] for problem, times in of.items()} for side in (0, 1)
    )
    return first, second


def epochs(arms: Iterable[Times]) -> list[ConvergenceTimes]:
    """List the times of arms in all settings."""
    return [times for arm in arms for times in arm.values()]
