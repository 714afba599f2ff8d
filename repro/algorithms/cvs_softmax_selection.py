"""CVS with another selection: a softmax over all bids draws the winner, and the highest bid need not win.

Credit is CVS's. The price is still the highest bid of the other entries. If the highest bid wins, this is the
second price; if another one wins, it pays the highest bid, which is more than its own, and the winner before it
receives that. So the price is what the next state is worth to whoever values it most, but it is no longer what
winning costs the others, and honest bids are no longer the best ones. Every winner pays, and losers get 0.

The softmax is in the behaviour and in no gradient: given who won, gradients are CVS's. An audit of them, on
one episode and on a batch of two, answers "modular". So this changes selection and couples no gradients. The
variant is ours; see `repro.algorithms.cloned_vickrey`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

from repro.algorithms.cloned_vickrey import ClonedVickrey
from repro.credit.vickrey import beta_shape
from repro.engine.softmax_auctions import collect_softmax_auctioned

if TYPE_CHECKING:
    from repro.algorithms.base import Outputs
    from repro.engine.rollout import Batch, RngStreams
    from repro.mdp.task import Tables


@final
@dataclass(frozen=True)
class CVSSoftmaxSelection(ClonedVickrey):
    """CVS whose winners are drawn from a softmax over bids.

    Attributes:
        temperature: τ; an entry wins with a probability proportional to exp(bid / τ). Bids are between 0 and 1;
            with a much higher temperature, wrong bids win too often for training to converge.
    """

    name: ClassVar[str] = "cvs_softmax_selection"
    display_name: ClassVar[str] = "CVS, softmax selection"
    temperature: float = 0.05

    def __post_init__(self) -> None:
        """Validate τ, and what all algorithms validate.

        Raises:
            UserError: τ is not above 0, or see `Algorithm`.
        """
        super().__post_init__()
        self.require("temperature", "a number above 0", valid=self.temperature > 0)

    def collect(self, streams: RngStreams, tables: Tables, outputs: Outputs) -> Batch:
        """Act by auctions whose winners are drawn."""
        policy = outputs.policy.double()
        alpha, beta = (
            shape.transpose(1, 2).numpy() for shape in beta_shape(policy[..., 0], policy[..., 1])
        )
        return collect_softmax_auctioned(
            streams, tables, alpha, beta, self.steps, self.temperature, self.copies
        )
