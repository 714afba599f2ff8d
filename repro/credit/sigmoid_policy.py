"""Policy gradient of mechanisms that each decide separately: no normaliser couples their bids.

Mechanism k decides to act with probability sigmoid(b_k). Its log-likelihood is that of its own decision alone.
See `claims.theory.policy_gradient`, where the rule with one-step rewards is a control.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.credit.vickrey import sigmoid, softplus

if TYPE_CHECKING:
    from torch import Tensor


def sigmoid_selection(bids: Tensor) -> Tensor:
    r"""Probability that each mechanism is selected, :math:`\sigma(b_k) / \sum_j \sigma(b_j)`.

    Args:
        bids: b, [..., K], logits of the mechanisms' decisions.

    Returns:
        [..., K].

    >>> import torch
    >>> sigmoid_selection(torch.tensor([1 / 3, 3.0]).log())  # they decide to act with 1/4 and 3/4
    tensor([0.2500, 0.7500])
    """
    return (-softplus(-bids)).softmax(-1)  # finite also if all probabilities are tiny


def sigmoid_policy_gradient(bids: Tensor, total: Tensor, own: Tensor) -> Tensor:
    r"""Gradient of the binary log-likelihood of one mechanism's decisions, weighted by its advantages.

    The loss is :math:`-\frac{1}{B} \sum_b A_b \log p(\text{decision}_b)`, where the decision was to act,
    with probability :math:`\sigma(b)`, or not to act, with :math:`1 - \sigma(b)`. The derivative of a sample's
    log-likelihood is 1[acted] - σ(b), so the samples of a state are summed first. No mechanism's gradient
    depends on the bids of another. If :math:`\pi_k` is the probability that k acts, the expected gradient ascent is
    :math:`\pi_k A_k`, as that of a softmax, because the mean of all advantages is 0.

    Args:
        bids: b, [..., S], of one mechanism at each distinct state.
        total: [..., S], sum of the advantages of all samples at each state, divided by B.
        own: [..., S], the same for the samples in which the mechanism acted.

    Returns:
        [..., S], gradient of the loss, which is to be minimised.

    >>> import torch
    >>> acted, waited = torch.tensor([2.0]), torch.tensor([0.0])
    >>> sigmoid_policy_gradient(torch.zeros(1), total=torch.tensor([2.0]), own=acted)
    tensor([-1.])
    >>> sigmoid_policy_gradient(torch.zeros(1), total=torch.tensor([2.0]), own=waited)
    tensor([1.])
    """
    return sigmoid(bids) * total - own
