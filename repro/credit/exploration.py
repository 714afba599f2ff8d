"""Policies that explore: uniform mixtures, greedy and Boltzmann policies.

They are part of credit where a target or a density is that of the policy that acts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import zeros_like

if TYPE_CHECKING:
    from torch import Tensor


def uniform_mixture(policy: Tensor, epsilon: float) -> Tensor:
    r"""Probabilities of a policy that acts at random with probability ε, :math:`(1-\epsilon) \pi_a + \epsilon/K`.

    Args:
        policy: π, [..., K].
        epsilon: ε.

    Returns:
        [..., K].

    >>> import torch
    >>> uniform_mixture(torch.tensor([0.0, 1.0]), epsilon=0.5)
    tensor([0.2500, 0.7500])
    """
    return (1 - epsilon) * policy + epsilon / policy.shape[-1]


def greedy_policy(bids: Tensor) -> Tensor:
    """Probabilities of the greedy policy: 1 for the highest bid's action.

    Args:
        bids: [..., K]; of equal highest bids the first counts.

    Returns:
        [..., K]; no gradient flows through them.

    >>> import torch
    >>> greedy_policy(torch.tensor([1.0, 3.0]))
    tensor([0., 1.])
    """
    return zeros_like(bids).scatter(-1, bids.argmax(-1, keepdim=True), 1)


def boltzmann_policy(bids: Tensor, temperature: float) -> Tensor:
    r"""Probabilities of the Boltzmann policy, proportional to :math:`\exp(b_a / \tau)`.

    Sutton, "Integrated architectures for learning, planning, and reacting" (1990).

    Args:
        bids: b, [..., K].
        temperature: τ, above 0.

    Returns:
        [..., K].

    >>> import torch
    >>> boltzmann_policy(2 * torch.tensor([1.0, 3.0]).log(), temperature=2.0)
    tensor([0.2500, 0.7500])
    """
    return (bids / temperature).softmax(-1)
