"""What a training step makes outside of torch, as far as it is known; see `made_check`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repro.causal.auditing.outside_run import Factor
    from repro.causal.tracing.made import MadeTensor


@dataclass(frozen=True)
class MadeNumbers:
    """What a step makes outside of torch.

    Attributes:
        literals: tensors that were made from arrays or Python numbers, by how many were made before, from 1.
        outside: other tensors that no operator made, by their content, if a number in them was computed.
        factors: for each gradient, the computed factors that it depends on.
        constants: names of lists of Python numbers whose origin is unknown, and which count as constants.
        unchecked: whether the step runs other code with other data, so that nothing can be compared.
    """

    literals: Mapping[int, MadeTensor] = field(default_factory=dict)
    outside: Mapping[object, MadeTensor] = field(default_factory=dict)
    factors: Mapping[str, Sequence[Factor]] = field(default_factory=dict)
    constants: tuple[str, ...] = ()
    unchecked: bool = False

    @property
    def unproven(self) -> tuple[str, ...]:
        """What else must be data or constants for a verdict to hold."""
        code = "all that NumPy and Python compute in it, because it runs other code with other data"
        return (*self.constants, *([code] if self.unchecked else []))
