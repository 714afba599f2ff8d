"""What one block of runs produced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from repro.statistics.convergence import ConvergenceTimes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from repro.engine.networks import Weights
    from repro.protocol.blocks import Block

BIDS, FINAL = ("bid", "logit"), "final_"
WEIGHTS = ("policy", "value")


@dataclass(frozen=True, eq=False)
class Record:
    """The results of a block of R runs.

    Attributes:
        block: what was run.
        returns: float64 [R, epochs], mean undiscounted return, NaN after a run has ended.
        times: epochs to convergence, and which runs are censored.
        bids: "bid" and, if the algorithm has them, "logit": float32 [R, epochs, S, K]; empty if the
            block does not record them.
        final_bids: the same after each run's last epoch: float32 [R, S, K].
        weights: after the last epoch, "policy" [R, K, P] and "value" [R, L, P]; empty in shipped
            runs.
        provenance: seconds, host, versions and so on; empty before the record is stored.
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
        """All arrays, by their names in the payload."""
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
            weights={name: arrays[name] for name in WEIGHTS if name in arrays},
            provenance=provenance,
        )
