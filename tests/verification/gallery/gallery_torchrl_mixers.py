"""VDN and QMIX in torchrl, as they are.

A mechanism is one of two agents, with a network of its own. The answers by hand:

- VDN: the values of the agents' actions are added, and the error of the sum is in the gradient of each agent.
- QMIX: the same, with a mixing network in place of the sum. What the error reaches of an agent depends on the other
  agents' values, too.

In both, no agent's gradient is independent of another's: they share the error of each sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from tensordict import TensorDict
from tensordict.nn import TensorDictModule, TensorDictSequential
from torchrl.modules import MultiAgentMLP, QMixer, QValueModule, VDNMixer
from torchrl.objectives import HardUpdate, QMixerLoss

from repro.causal import Answer, audit_module, rows
from tests.verification.gallery.entry import Entry, Library

if TYPE_CHECKING:
    from repro.causal import Verdict

AGENTS, ACTIONS, SAMPLES = 2, 2, 4


def data() -> TensorDict:
    torch.manual_seed(1)

    def moment(**more: torch.Tensor) -> dict[str, Any]:
        seen = {"observation": torch.rand(SAMPLES, AGENTS, 3)}
        agents = TensorDict(seen, batch_size=[SAMPLES, AGENTS])
        return {"agents": agents, "state": torch.rand(SAMPLES, 3), **more}

    ends = {name: torch.zeros(SAMPLES, 1, dtype=torch.bool) for name in ("done", "terminated")}
    following = moment(reward=torch.rand(SAMPLES, 1), **ends)
    return TensorDict({**moment(), "next": following}, batch_size=[SAMPLES])


def mixed(mixer: Any, *states: str) -> tuple[Any, TensorDict, Any]:  # noqa: ANN401 - no types there
    torch.manual_seed(0)
    net = MultiAgentMLP(3, ACTIONS, AGENTS, centralized=False, share_params=False, num_cells=[4])
    value = ("agents", "action_value")
    chosen = ("agents", "chosen_action_value")
    policy = TensorDictSequential(
        TensorDictModule(net, in_keys=[("agents", "observation")], out_keys=[value]),
        QValueModule(
            action_value_key=value,
            out_keys=[("agents", "action"), value, chosen],
            action_space="categorical",
        ),
    )
    mixing = TensorDictModule(mixer, in_keys=[chosen, *states], out_keys=["chosen_action_value"])
    loss = QMixerLoss(policy, mixing, action_space="categorical")
    HardUpdate(loss, value_network_update_interval=1)
    batch = data()
    batch["agents"]["action"] = torch.arange(SAMPLES * AGENTS).view(SAMPLES, AGENTS) % ACTIONS
    return loss, batch, net


def vdn() -> tuple[Any, TensorDict, Any]:
    return mixed(VDNMixer(n_agents=AGENTS, device="cpu"))


def qmix() -> tuple[Any, TensorDict, Any]:
    mixer = QMixer(state_shape=(3,), mixing_embed_dim=2, n_agents=AGENTS, device="cpu")
    return mixed(mixer, "state")


def audit_agents(made: tuple[Any, TensorDict, Any]) -> Verdict:
    loss, batch, net = made
    agents = {f"agent {k}": rows(net, k) for k in range(AGENTS)}
    return audit_module(lambda: loss(batch)["loss"], agents, others=loss)


LIBRARY = Library(
    "torchrl",
    "torchrl",
    (
        Entry(
            "VDN",
            "agents",
            vdn,
            audit_agents,
            Answer.NOT_MODULAR,
            "the error of the sum of all agents' values",
            "reward",
            ("output of loss",),
            ("log-sum-exp", "standard deviation", "norm"),
        ),
        Entry(
            "QMIX",
            "agents",
            qmix,
            audit_agents,
            Answer.NOT_MODULAR,
            "the error of the mixed values",
            "reward",
            absent=("log-sum-exp", "standard deviation", "norm"),
        ),
    ),
)
