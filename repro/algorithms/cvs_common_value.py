"""CVS, coupled by one value function: what a mechanism expects is the mean of what all of them expect.

The baseline of every mechanism's advantages is the mean of CVS's value functions. Each of these still learns its own
mechanism's utilities, so their mean is what a single network that learned from everybody's utilities would
approach: in a state, the mean utility over all mechanisms. The networks are CVS's, so that a transfer can start
from its weights. The variant is ours; see `repro.algorithms.cloned_vickrey`.

An audit of its gradients, on one episode and on a batch of two, answers "implementation-dependent": as coded, every
two mechanisms share the sum of all values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.cloned_vickrey import ClonedVickrey

if TYPE_CHECKING:
    from repro.algorithms.base import Outputs, Samples
    from repro.engine.rollout import Batch
    from repro.mdp.task import Tables


@final
@dataclass(frozen=True)
class CVSCommonValue(ClonedVickrey):
    """CVS whose mechanisms share the baseline of their advantages, and nothing else."""

    name: ClassVar[str] = "cvs_common_value"
    display_name: ClassVar[str] = "CVS, common value function"

    def assign_credit(self, batch: Batch, tables: Tables, outputs: Outputs) -> Samples:
        """Subtract the mean value of all mechanisms from each one's utilities."""
        common = outputs.value.mean(1, keepdim=True).expand_as(outputs.value)
        return super().assign_credit(batch, tables, outputs._replace(value=common))
