"""Targets that look several steps ahead: sums over sampled rewards (talk:218-222).

The steps may be one trajectory, or several with a discount of 0 at the end of each. At the last step,
a target bootstraps from the state reached unless the discount is 0 there.
"""

from __future__ import annotations

import torch
from torch import Tensor

from repro.credit.returns import discounted_sum


def monte_carlo_return(r_t: Tensor, discount_t: Tensor, max_length: int | None = None) -> Tensor:
    r"""Sum of all following rewards, :math:`G_t = r_t + \gamma_t G_{t+1}`, without bootstrapping.

    Args:
        r_t: [..., T], reward.
        discount_t: [..., T], 0 where the state reached is terminal.
        max_length: upper bound on the length of an episode; None: T.

    Returns:
        [..., T].

    >>> monte_carlo_return(torch.tensor([1.0, 2.0, 4.0]), torch.tensor([0.5, 0.5, 0.0]))
    tensor([3., 4., 4.])
    """
    return discounted_sum(r_t, discount_t, max_length)


def n_step_return(r_t: Tensor, discount_t: Tensor, v_t: Tensor, n: int) -> Tensor:
    r"""Rewards of n steps, then a value: :math:`G^n_t = r_t + \gamma_t G^{n-1}_{t+1}`.

    :math:`G^0_{t+1}` is the value of the state that step t reaches. Watkins, "Learning from delayed
    rewards" (1989).

    Args:
        r_t: [..., T], reward.
        discount_t: [..., T], 0 where the state reached is terminal; the window ends there.
        v_t: [..., T], value of the state reached.
        n: length of the window, at least 1; it ends with the trajectory at the latest.

    Returns:
        [..., T].

    >>> r_t, discount_t = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([0.5, 0.5, 0.0])
    >>> v_t = torch.tensor([8.0, 16.0, 99.0])
    >>> n_step_return(r_t, discount_t, v_t, n=1)
    tensor([ 5., 10.,  4.])
    >>> n_step_return(r_t, discount_t, v_t, n=2)  # the first: 1 + 2 / 2 + 16 / 4
    tensor([6., 4., 4.])
    """
    target = r_t + discount_t * v_t
    for _ in range(n - 1):
        target = r_t + discount_t * torch.cat([target[..., 1:], v_t[..., -1:]], -1)
    return target


def lambda_return(
    r_t: Tensor, discount_t: Tensor, v_t: Tensor, lambda_: float, max_length: int | None = None
) -> Tensor:
    r"""Mixture of all n-step returns, :math:`G_t = r_t + \gamma_t ((1-\lambda) V(s_t) + \lambda G_{t+1})`.

    Watkins, "Learning from delayed rewards" (1989). Minus the value of the state in which the step
    starts, this is generalised advantage estimation.

    Args:
        r_t: [..., T], reward.
        discount_t: [..., T], 0 where the state reached is terminal.
        v_t: [..., T], value of the state reached.
        lambda_: λ.
        max_length: upper bound on the length of an episode; None: T.

    Returns:
        [..., T].

    >>> r_t, discount_t = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([0.5, 0.5, 0.0])
    >>> lambda_return(r_t, discount_t, torch.tensor([8.0, 16.0, 99.0]), lambda_=0.5)
    tensor([4.7500, 7.0000, 4.0000])
    """
    # No return follows the last step, so its value has the full weight.
    mixed = torch.cat([(1 - lambda_) * v_t[..., :-1], v_t[..., -1:]], -1)
    return discounted_sum(r_t + discount_t * mixed, lambda_ * discount_t, max_length)
