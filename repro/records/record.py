"""What one block of runs produced."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from repro.protocol.tiers import written
from repro.statistics.convergence import WINDOW, ConvergenceTimes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from repro.engine.networks import Weights
    from repro.protocol.blocks import Block

BIDS, FINAL = ("bid", "logit", "concentration"), "final_"
WEIGHTS = ("policy", "value")


def weight_names(block: Block) -> list[str]:
    """Names of the arrays with weights in a block's record: the last ones, then those it keeps."""
    return [*WEIGHTS, *(f"{name}.{epoch}" for epoch in block.keep for name in WEIGHTS)]


def is_weights(array: str) -> bool:
    """Whether an array of a payload has weights, from its name."""
    return array.partition(".")[0] in WEIGHTS


@dataclass(frozen=True, eq=False, repr=False)
class Record:
    """The results of a block of R runs.

    Attributes:
        block: what was run.
        returns: float64 [R, epochs], mean undiscounted return, NaN after a run has ended.
        times: epochs to convergence, and which runs are censored.
        bids: "bid" and, if the algorithm has them, "logit" or "concentration": float16
            [R, epochs, S, K]; NaN after a run has ended, and at states that are not on an optimal path;
            empty if the block does not record them.
        final_bids: the same after each run's last epoch, at every state: float32 [R, S, K].
        weights: after the last epoch, "policy" [R, K, P] and "value" [R, C, P], and after the epochs
            that the block keeps, "policy.950" and so on; empty in shipped runs.
        provenance: seconds, host, versions and so on; empty before the record is stored.
    """

    block: Block
    returns: NDArray[np.float64]
    times: ConvergenceTimes
    bids: Mapping[str, NDArray[np.floating]]
    final_bids: Mapping[str, NDArray[np.float32]]
    weights: Weights
    provenance: Mapping[str, Any]

    def __repr__(self) -> str:
        """Say which runs these are, and when they converged."""
        runs, never = len(self.block.seeds), int(self.times.censored.sum())
        least = "at least " if never else ""
        return (
            f"<Record {self.block.name}: {runs} runs (seeds {written(self.block.seeds)}), "
            f"{runs - never} converged, after {least}{self.times.epochs.mean():,.0f} epochs on average>"
        )

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All arrays, by their names in the payload."""
        return {
            "returns": self.returns,
            "epochs": self.times.epochs,
            "censored": self.times.censored,
            **self.bids,
            **{FINAL + name: values for name, values in self.final_bids.items()},
            **self.weights,
        }

    def converged_by(self, epoch: int | None) -> NDArray[np.bool_]:
        """Whether each run had converged, and shown it for a whole window, by an epoch; None: ever."""
        shown = ~self.times.censored
        return shown if epoch is None else shown & (self.times.epochs + WINDOW - 1 <= epoch)

    def of_seeds(self, seeds: tuple[int, ...]) -> Record:
        """Return the record of some of the seeds, as if the others had not been trained.

        Raises:
            ValueError: a seed is not in the block.
        """
        rows = [self.block.seeds.index(seed) for seed in seeds]
        returns = self.returns[rows]
        epochs = int(np.isfinite(returns).any(axis=0).sum())
        return replace(
            self,
            block=self.block.with_seeds(seeds),
            returns=returns[:, :epochs],
            times=ConvergenceTimes(self.times.epochs[rows], self.times.censored[rows]),
            bids={name: bids[rows, :epochs] for name, bids in self.bids.items()},
            final_bids={name: bids[rows] for name, bids in self.final_bids.items()},
            weights={name: parameters[rows] for name, parameters in self.weights.items()},
        )

    @classmethod
    def of(
        cls, block: Block, arrays: Mapping[str, NDArray[Any]], provenance: Mapping[str, Any]
    ) -> Self:
        """Make a record from the arrays of a payload; bids and weights may be absent.

        Raises:
            KeyError: there are no returns or no times.
        """
        return cls(
            block=block,
            returns=arrays["returns"],
            times=ConvergenceTimes(arrays["epochs"], arrays["censored"]),
            bids={name: arrays[name] for name in BIDS if name in arrays},
            final_bids={name: arrays[FINAL + name] for name in BIDS if FINAL + name in arrays},
            weights={name: array for name, array in arrays.items() if is_weights(name)},
            provenance=provenance,
        )
