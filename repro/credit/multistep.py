"""Targets that look several steps ahead: sums over sampled rewards (talk:218-222).

The trajectory is one, or several with a discount of 0 at the end of each. At its last step every
target bootstraps from the state reached, unless the discount is 0 there.
"""

from __future__ import annotations

import torch
from torch import Tensor

from repro.credit.returns import decaying_sum


def monte_carlo_return(r_t: Tensor, discount_t: Tensor) -> Tensor:
    r"""All rewards that follow, :math:`G_t = r_t + \gamma_t G_{t+1}`, and no bootstrapping.

    Args:
        r_t: [..., T], reward of the step.
        discount_t: [..., T], 0 where the state reached is terminal.

    Returns:
        [..., T].
    """
    return decaying_sum(r_t, discount_t)


def n_step_return(r_t: Tensor, discount_t: Tensor, v_t: Tensor, n: int) -> Tensor:
    r"""Rewards of n steps, then a value, :math:`G^n_t = r_t + \gamma_t G^{n-1}_{t+1}`.

    :math:`G^0_{t+1}` is the value of the state that step t reached. Watkins, "Learning from delayed
    rewards" (1989).

    Args:
        r_t: [..., T], reward of the step.
        discount_t: [..., T], 0 where the state reached is terminal; the window ends there.
        v_t: [..., T], value of the state reached.
        n: steps of the window, at least 1; it ends with the trajectory at the latest.

    Returns:
        [..., T].
    """
    target = r_t + discount_t * v_t
    for _ in range(n - 1):
        target = r_t + discount_t * torch.cat([target[..., 1:], v_t[..., -1:]], -1)
    return target


def lambda_return(r_t: Tensor, discount_t: Tensor, v_t: Tensor, trace: float) -> Tensor:
    r"""All windows mixed, :math:`G_t = r_t + \gamma_t ((1 - \lambda) V(s_t) + \lambda G_{t+1})`.

    Watkins, "Learning from delayed rewards" (1989). Less the value of the state acted in, this is
    generalised advantage estimation.

    Args:
        r_t: [..., T], reward of the step.
        discount_t: [..., T], 0 where the state reached is terminal.
        v_t: [..., T], value of the state reached.
        trace: λ.

    Returns:
        [..., T].
    """
    # Nothing follows the last step, so there the value counts whole.
    mixed = torch.cat([(1 - trace) * v_t[..., :-1], v_t[..., -1:]], -1)
    return decaying_sum(r_t + discount_t * mixed, trace * discount_t)
