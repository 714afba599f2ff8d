"""The training step of QR-DQN in sb3-contrib, as it is.

A mechanism is one action: the rows of the last layer that give its quantiles. The answers by hand:

- QR-DQN: the loss of a sampled transition compares the quantiles of the action that was taken with those of the best
  action in the next state, by the target network. So it reaches only this action's rows. By default no norm is
  clipped. Rows read the hidden layer of the states in which their action was taken, and no sampled state has two
  actions. The quantiles of the next state are the target network's; which action is the best there is selection.
  Hence modular.
- QR-DQN with `max_grad_norm`: one norm of all gradients scales each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sb3_contrib import QRDQN

from repro.causal import Answer, audit_module, rows
from tests.verification.gallery.entry import Entry, Library

if TYPE_CHECKING:
    from repro.causal import Verdict

SAMPLES = 8
QUANTILES = 3


def qr_dqn(max_grad_norm: float | None = None) -> QRDQN:
    agent = QRDQN(
        "MlpPolicy",
        "CartPole-v1",
        learning_starts=3 * SAMPLES,  # until then, actions are random
        buffer_size=1000,
        batch_size=SAMPLES,
        max_grad_norm=max_grad_norm,
        policy_kwargs={"net_arch": [4], "n_quantiles": QUANTILES},
        seed=0,
        device="cpu",
    )
    return agent.learn(4 * SAMPLES)


def audit_quantiles(agent: QRDQN) -> Verdict:
    head = agent.policy.quantile_net.quantile_net[-1]
    actions = {f"action {k}": rows(head, slice(k, None, 2)) for k in range(2)}
    return audit_module(lambda: agent.train(1, SAMPLES), actions, others=agent.policy)


LIBRARY = Library(
    "sb3-contrib",
    "sb3-contrib",
    (
        Entry(
            "QR-DQN",
            "actions",
            qr_dqn,
            audit_quantiles,
            Answer.MODULAR,
            "a transition changes the quantiles of the action that was taken, and no norm is clipped",
            "observations",
        ),
        Entry(
            "QR-DQN, max_grad_norm=10",
            "actions",
            lambda: qr_dqn(10.0),
            audit_quantiles,
            Answer.NOT_MODULAR,
            "one norm of all gradients",
            "observations",
            ("norm",),
            ("log-sum-exp", "standard deviation"),
        ),
    ),
)
