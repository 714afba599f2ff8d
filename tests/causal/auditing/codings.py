"""Credit-assignment rules, each in several implementations with the same result."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

if TYPE_CHECKING:
    from collections.abc import Callable

Gradients: TypeAlias = dict[str, Tensor]
Rule: TypeAlias = "Callable[[Tensor, Tensor, Tensor], Gradients]"

GAMMA = 0.9
STEPS = 4
NAMES = "abc"


def inputs(dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    """Make bids [4, 3] and rewards [4] of a trajectory in which a, b, a and c act."""
    generator = torch.Generator().manual_seed(3)
    return {
        "bids": torch.randn(STEPS, 3, generator=generator, dtype=torch.float64).to(dtype),
        "reward": torch.randn(STEPS, generator=generator, dtype=torch.float64).to(dtype),
        "action": torch.tensor([0, 1, 0, 2]),
    }


def by_name(gradient: Tensor) -> Gradients:
    """Split [T, K] into the mechanisms' columns."""
    return {name: gradient[:, k] for k, name in enumerate(NAMES)}


def through_autograd(loss: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Rule:
    """Make a rule from a loss: the gradients with respect to the bids."""

    def rule(bids: Tensor, reward: Tensor, action: Tensor) -> Gradients:
        bids = bids.detach().requires_grad_()
        return by_name(torch.autograd.grad(loss(bids, reward, action), bids)[0])

    return rule


def _acting(bids: Tensor, action: Tensor) -> Tensor:
    return bids.gather(1, action[:, None]).squeeze(1)


# One reward for each step, no return: the shared variable is the normaliser.
def _reinforce_by_hand(bids: Tensor, reward: Tensor, action: Tensor) -> Gradients:
    raised = (bids - bids.max(1, keepdim=True).values).exp()
    probability = raised / raised.sum(1, keepdim=True)
    return by_name(reward[:, None] * (F.one_hot(action, 3) - probability))


def _reinforce_by_loops(bids: Tensor, reward: Tensor, action: Tensor) -> Gradients:
    rows: list[list[Tensor]] = []
    for t in range(STEPS):
        total = sum(bids[t, k].exp() for k in range(3))
        shares = [bids[t, k].exp() / total for k in range(3)]
        rows.append([reward[t] * (float(int(action[t]) == k) - shares[k]) for k in range(3)])
    return {name: torch.stack([row[k] for row in rows]) for k, name in enumerate(NAMES)}


def _reinforce_per_mechanism(bids: Tensor, reward: Tensor, action: Tensor) -> Gradients:
    def of(k: int) -> Tensor:
        bids_k = bids.detach().requires_grad_()
        loss = -(bids_k.log_softmax(1)[torch.arange(STEPS), action] * -reward).sum()
        return torch.autograd.grad(loss, bids_k)[0][:, k]

    return {name: of(k) for k, name in enumerate(NAMES)}


def _reinforce_functional(bids: Tensor, reward: Tensor, action: Tensor) -> Gradients:
    def loss(x: Tensor) -> Tensor:
        return (_acting(x.log_softmax(1), action) * reward).sum()

    return by_name(torch.func.grad(loss)(bids))


def _categorical(bids: Tensor, reward: Tensor, action: Tensor) -> Tensor:
    policy = torch.distributions.Categorical(logits=bids, validate_args=False)
    score: Tensor = policy.log_prob(action)
    return (score * reward).sum()


REINFORCE: dict[str, Rule] = {
    "log_softmax": through_autograd(lambda b, r, a: (_acting(b.log_softmax(1), a) * r).sum()),
    "log of softmax": through_autograd(lambda b, r, a: (_acting(b.softmax(1), a).log() * r).sum()),
    "cross entropy": through_autograd(
        lambda b, r, a: -(F.cross_entropy(b, a, reduction="none") * r).sum()
    ),
    "logsumexp": through_autograd(lambda b, r, a: ((_acting(b, a) - b.logsumexp(1)) * r).sum()),
    "exponentials": through_autograd(
        lambda b, r, a: ((_acting(b, a) - b.exp().sum(1).log()) * r).sum()
    ),
    "Categorical": through_autograd(_categorical),
    "func.grad": _reinforce_functional,
    "by hand": _reinforce_by_hand,
    "loops": _reinforce_by_loops,
    "for each mechanism": _reinforce_per_mechanism,
}


def _returns_backwards(reward: Tensor) -> Tensor:
    found: list[Tensor] = []
    next_value = torch.zeros_like(reward[0])
    for r in reward.flip(0):
        next_value = r + GAMMA * next_value
        found.insert(0, next_value)
    return torch.stack(found)


def _returns_forwards(reward: Tensor) -> Tensor:
    return torch.stack(
        [sum(GAMMA ** (s - t) * reward[s] for s in range(t, STEPS)) for t in range(STEPS)]  # type: ignore[misc]  # a sum of tensors
    )


def _returns_matrix(reward: Tensor) -> Tensor:
    lag = torch.arange(STEPS)[None] - torch.arange(STEPS)[:, None]
    weights = torch.where(lag >= 0, GAMMA**lag, 0.0).to(reward.dtype)
    return weights @ reward


def _returns_cumulative(reward: Tensor) -> Tensor:
    discount = GAMMA ** torch.arange(STEPS, dtype=reward.dtype)
    return (reward * discount).flip(0).cumsum(0).flip(0) / discount


def _returns_in_place(reward: Tensor) -> Tensor:
    found = reward.clone()
    for t in range(STEPS - 2, -1, -1):
        found[t] += GAMMA * found[t + 1]
    return found


RETURNS: dict[str, Callable[[Tensor], Tensor]] = {
    "backwards": _returns_backwards,
    "forwards": _returns_forwards,
    "matrix": _returns_matrix,
    "cumulative": _returns_cumulative,
    "in place": _returns_in_place,
}


def td(target: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Rule:
    """Make a rule that regresses the acting mechanism's bid to a target."""

    def loss(bids: Tensor, reward: Tensor, action: Tensor) -> Tensor:
        bid = _acting(bids, action)
        return 0.5 * (bid - target(bids.detach(), reward, action)).square().sum()

    return through_autograd(loss)


MONTE_CARLO = {name: td(lambda _b, r, _a, f=f: f(r)) for name, f in RETURNS.items()}  # type: ignore[misc]  # a default binds it


def _window(reward: Tensor, next_value: Tensor, n: int) -> Tensor:
    """Compute targets from n rewards and the next bid, each as an explicit sum."""
    found = []
    for t in range(STEPS):
        total = torch.zeros_like(reward[0])
        for s in range(t, min(t + n, STEPS)):
            total = total + GAMMA ** (s - t) * reward[s]
        if t + n < STEPS:
            total = total + GAMMA**n * next_value[t + n]
        found.append(total)
    return torch.stack(found)


def _window_nested(reward: Tensor, next_value: Tensor, n: int) -> Tensor:
    """Compute the same by Horner's rule, from the last reward backwards."""
    found = []
    for t in range(STEPS):
        total = next_value[t + n] if t + n < STEPS else torch.zeros_like(reward[0])
        for s in reversed(range(t, min(t + n, STEPS))):
            total = reward[s] + GAMMA * total
        found.append(total)
    return torch.stack(found)


def _window_convolved(reward: Tensor, next_value: Tensor, n: int) -> Tensor:
    """Compute the same as the product of a band matrix and the rewards."""
    lag = torch.arange(STEPS)[None] - torch.arange(STEPS)[:, None]
    band = torch.where((lag >= 0) & (lag < n), GAMMA**lag, 0.0).to(reward.dtype)
    later = torch.cat([next_value[n:], torch.zeros_like(next_value[:n])])
    return torch.einsum("ts,s->t", band, reward) + GAMMA**n * later


def _window_of_returns(reward: Tensor, next_value: Tensor, n: int) -> Tensor:
    """Compute the same as differences of returns."""
    returns = _returns_backwards(reward)
    zeros = torch.zeros_like(returns[:n])
    later = torch.cat([next_value[n:] - returns[n:], zeros])
    return returns + GAMMA**n * later


def n_step(n: int) -> dict[str, Rule]:
    """SARSA with targets n steps ahead."""
    implementations = {
        "written out": _window,
        "nested": _window_nested,
        "convolved": _window_convolved,
        "differences of returns": _window_of_returns,
    }
    return {
        name: td(lambda b, r, a, target=target: target(r, _acting(b, a), n))  # type: ignore[misc]  # a default binds it
        for name, target in implementations.items()
    }
