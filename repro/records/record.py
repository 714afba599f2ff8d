"""What one block of runs produced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from repro.statistics.convergence import ConvergenceTimes, epochs_to_convergence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from repro.engine.networks import Weights
    from repro.protocol.blocks import Block

BIDS, FINAL = ("bid", "logit"), "final_"
WEIGHTS = ("policy", "value")


@dataclass(frozen=True, eq=False)
class Record:
    """What a block of R runs came to.

    Attributes:
        block: what was run.
        returns: float64 [R, epochs], mean undiscounted return, NaN once a run has left.
        times: epochs to convergence, and which runs never got there.
        bids: "bid" and, where the algorithm has them, "logit": float32 [R, epochs, S, K]; empty
            where the block does not record them.
        final_bids: the same after each run's last epoch: float32 [R, S, K].
        weights: after the last epoch, "policy" [R, K, P] and "value" [R, L, P]; empty in shipped
            runs.
        provenance: seconds, host, versions and the like; empty before it is stored.
    """

    block: Block
    returns: NDArray[np.float64]
    times: ConvergenceTimes
    bids: Mapping[str, NDArray[np.float32]]
    final_bids: Mapping[str, NDArray[np.float32]]
    weights: Weights
    provenance: Mapping[str, Any]

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that was computed, by the names that a payload gives it."""
        return {
            "returns": self.returns,
            "epochs": self.times.epochs,
            "censored": self.times.censored,
            **self.bids,
            **{FINAL + name: values for name, values in self.final_bids.items()},
            **self.weights,
        }

    @classmethod
    def of(
        cls, block: Block, arrays: Mapping[str, NDArray[Any]], provenance: Mapping[str, Any]
    ) -> Self:
        """Make a record of `arrays`, in which bids and weights may be absent.

        Raises:
            KeyError: there are no returns, or no times.
        """
        return cls(
            block=block,
            returns=arrays["returns"],
            times=ConvergenceTimes(arrays["epochs"], arrays["censored"]),
            bids={name: arrays[name] for name in BIDS if name in arrays},
            final_bids={name: arrays[FINAL + name] for name in BIDS if FINAL + name in arrays},
            weights={name: arrays[name] for name in WEIGHTS if name in arrays},
            provenance=provenance,
        )


def check_times(record: Record) -> None:
    """See that the record's times follow from its returns, one run a seed.

    Raises:
        ValueError: they do not.
    """
    again = epochs_to_convergence(record.returns)
    same = np.array_equal(again.epochs, record.times.epochs)
    same = same and np.array_equal(again.censored, record.times.censored)
    if not same or len(record.returns) != len(record.block.seeds):
        raise ValueError("its times do not follow from its returns")
