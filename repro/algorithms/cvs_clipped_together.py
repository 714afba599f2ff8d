"""CVS, coupled by one number: the gradient of all policy networks together is clipped by one norm.

The control, which is clipped as hard and couples nothing, is CVS with a lower `max_grad_norm` for each
network: of K networks, each by 1/√K of the norm here. Where both norms bind, all gradients together have the
same norm after clipping. What differs is that here a mechanism moves less where others have large gradients.
The variant is ours; see `repro.algorithms.cloned_vickrey`.

An audit of its gradients answers "modular", as that of CVS on the same episodes does: the norm comes after
them. An audit of a whole update answers "not modular". Both are of one episode and of a batch of two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.cloned_vickrey import ClonedVickrey
from repro.engine.joint_clipping import GradientNorm
from repro.engine.minibatches import minibatches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from repro.algorithms.base import Samples
    from repro.engine.networks import BatchedMLP
    from repro.mdp.task import Tables


@final
@dataclass(frozen=True)
class CVSClippedTogether(ClonedVickrey):
    """CVS whose mechanisms share one gradient norm, and nothing else.

    Attributes:
        clipped_together: whether one norm is clipped over all policy networks; other algorithms lack this.
        max_grad_norm: norm at which the gradient of all policy networks together is clipped. It is so low that it
            binds in nearly every update; then Adam makes its size irrelevant.
    """

    name: ClassVar[str] = "cvs_clipped_together"
    display_name: ClassVar[str] = "CVS, clipped together"
    clipped_together: ClassVar[bool] = True
    max_grad_norm: float = 0.01

    def learn(
        self,
        networks: tuple[BatchedMLP, BatchedMLP],
        behaviour_policy: Tensor,
        samples: Samples,
        order: NDArray[np.int32],
        tables: Tables,
    ) -> None:
        """Learn as `Algorithm.learn` does, with one norm for the policy networks of a run."""
        policy, value = networks
        joint = GradientNorm(policy)
        statistics = self.minibatch_statistics(minibatches(samples, order, self.minibatch), tables)
        for columns in zip(*statistics.values(), strict=True):
            own = dict(zip(statistics, columns, strict=True))
            values = value.outputs().squeeze(-1)
            value.adam_step(self.value_gradient(values, own).unsqueeze(-1))
            gradient = self.policy_gradient(policy.outputs(), behaviour_policy, own)
            # Each network's own norm is then below the joint one, so that its own clipping does not bind.
            policy.adam_step(joint.clipped(gradient, self.max_grad_norm))
