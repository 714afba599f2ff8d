"""CVS under audit: as trained, and its auctions alone."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from claims.theory._rules import COPIES, DISCOUNT, trainer_inputs, trainer_rule
from claims.theory._shapes import mechanism
from repro.causal import audit
from repro.credit.vickrey import second_price, vickrey_utility

if TYPE_CHECKING:
    from torch import Tensor

    from claims.theory._shapes import Shape
    from repro.causal import Verdict


@cache
def auctioned(shape: Shape, selection: str = "route") -> Verdict:
    """Audit CVS as trained, once for all claims that ask for it."""
    return audit(trainer_rule("cvs"), trainer_inputs("cvs", shape), selection=selection)


def utilities(
    bids: Tensor, reward: Tensor, last: Tensor, choice: Tensor, **_unused: Tensor
) -> dict[str, Tensor]:
    """What CVS's auctions give each mechanism, before it makes something of it."""
    price = second_price(bids, choice)
    utility = vickrey_utility(reward, price, choice, last, bids.shape[-1], DISCOUNT)
    parts = utility.unflatten(-1, (-1, COPIES)).unbind(-2)
    return {mechanism(k): part for k, part in enumerate(parts)}
