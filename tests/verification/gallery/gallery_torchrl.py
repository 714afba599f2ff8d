"""Estimators and losses of torchrl, as they are.

The mechanisms of an estimator are the steps: what each step's decision learns from. Those of a loss are the actions,
one row of the last layer each. The answers by hand:

- GAE and TD(λ), in a loop and vectorised: what a step gets is a discounted sum of rewards and values of this step
  and later ones. Two steps can share the sum over the later ones, or each can be added up by itself, from the inputs
  alone. So the answer depends on the implementation.
- V-trace: the error of the last step, times its clipped ratio exp(log π − log μ), is what the last step gets, and it
  is added to what earlier steps get. However sums are added up, all read this ratio. Hence not modular.
- ClipPPOLoss: the log-probability of every action has the normaliser of all actions. Advantages are not normalised
  by default, and the loss clips no norm.
- DQNLoss with indices of actions: a sample's error reaches only the row of its action. Hence modular.
- DQNLoss with one-hot actions: each value is multiplied by its entry of the code, and the products are added. The
  code is of integers, which are fixed context, so an entry of 0 takes the error out of its action's gradient. Hence
  modular, as with indices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from tensordict import TensorDict
from tensordict.nn import ProbabilisticTensorDictModule, ProbabilisticTensorDictSequential
from tensordict.nn import TensorDictModule as Reads
from torchrl.modules import QValueActor, ValueOperator
from torchrl.objectives import ClipPPOLoss, DQNLoss, HardUpdate
from torchrl.objectives.value import functional

from repro.causal import Answer, audit, audit_module, rows
from tests.verification.gallery.entry import Entry, Library

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from repro.causal import Verdict

SAMPLES, ACTIONS = 6, 2
STEPS = 3


def trajectory() -> dict[str, Tensor]:
    torch.manual_seed(0)
    numbers = ("state_value", "next_state_value", "reward")
    ends = torch.zeros(STEPS, 1, dtype=torch.bool)
    return {name: torch.rand(STEPS, 1) for name in numbers} | {"done": ends}


def off_policy() -> dict[str, Tensor]:
    given = trajectory()
    return {"log_pi": -torch.rand(STEPS, 1), "log_mu": -torch.rand(STEPS, 1)} | given


def network() -> torch.nn.Sequential:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, ACTIONS))


def batch(**more: Tensor) -> TensorDict:
    torch.manual_seed(1)
    ends = {name: torch.zeros(SAMPLES, 1, dtype=torch.bool) for name in ("done", "terminated")}
    following = {"observation": torch.rand(SAMPLES, 3), "reward": torch.rand(SAMPLES, 1), **ends}
    return TensorDict(
        {"observation": torch.rand(SAMPLES, 3), "next": following, **more}, batch_size=[SAMPLES]
    )


def actions() -> Tensor:
    return torch.arange(SAMPLES) % ACTIONS


def ppo() -> tuple[ClipPPOLoss, TensorDict, Any]:
    net = network()
    actor = ProbabilisticTensorDictSequential(
        Reads(net, in_keys=["observation"], out_keys=["logits"]),
        ProbabilisticTensorDictModule(
            in_keys=["logits"],
            out_keys=["action"],
            distribution_class=torch.distributions.Categorical,
            return_log_prob=True,
        ),
    )
    critic = ValueOperator(torch.nn.Linear(3, 1), in_keys=["observation"])
    data = batch(
        action=actions(),
        action_log_prob=-torch.rand(SAMPLES),
        advantage=torch.rand(SAMPLES, 1),
        value_target=torch.rand(SAMPLES, 1),
    )
    return ClipPPOLoss(actor, critic), data, net[-1]


def dqn(space: str) -> tuple[DQNLoss, TensorDict, Any]:
    net = network()
    loss = DQNLoss(
        QValueActor(net, in_keys=["observation"], action_space=space), action_space=space
    )
    HardUpdate(loss, value_network_update_interval=1)
    code = torch.nn.functional.one_hot(actions(), ACTIONS) if space == "one_hot" else actions()
    return loss, batch(action=code), net[-1]


def audit_gae(given: dict[str, Tensor]) -> Verdict:
    def rule(**inputs: Tensor) -> dict[str, Tensor]:
        advantage, _ = functional.generalized_advantage_estimate(0.9, 0.8, **inputs)
        return {f"step {t}": advantage[t] for t in range(STEPS)}

    return audit(rule, given)


def audit_vectorised_gae(given: dict[str, Tensor]) -> Verdict:
    def rule(**inputs: Tensor) -> dict[str, Tensor]:
        advantage, _ = functional.vec_generalized_advantage_estimate(0.9, 0.8, **inputs)
        return {f"step {t}": advantage[t] for t in range(STEPS)}

    return audit(rule, given)


def audit_td_lambda(estimate: Callable[..., Tensor]) -> Callable[[dict[str, Tensor]], Verdict]:
    def audit_returns(given: dict[str, Tensor]) -> Verdict:
        def rule(
            next_state_value: Tensor, reward: Tensor, done: Tensor, **_: Tensor
        ) -> dict[str, Tensor]:
            returns = estimate(0.9, 0.8, next_state_value, reward, done)
            return {f"step {t}": returns[t] for t in range(STEPS)}

        return audit(rule, given)

    return audit_returns


def audit_v_trace(given: dict[str, Tensor]) -> Verdict:
    def rule(**inputs: Tensor) -> dict[str, Tensor]:
        advantage, _ = functional.vtrace_advantage_estimate(0.9, **inputs)
        return {f"step {t}": advantage[t] for t in range(STEPS)}

    return audit(rule, given)


def audit_ppo(made: tuple[ClipPPOLoss, TensorDict, Any]) -> Verdict:
    loss, data, head = made

    def step() -> object:
        losses = loss(data)
        return sum(losses[name] for name in ("loss_objective", "loss_critic", "loss_entropy"))

    return audit_module(step, {f"action {k}": rows(head, k) for k in range(ACTIONS)}, others=loss)


def audit_dqn(made: tuple[DQNLoss, TensorDict, Any]) -> Verdict:
    loss, data, head = made
    mechanisms = {f"action {k}": rows(head, k) for k in range(ACTIONS)}
    return audit_module(lambda: loss(data)["loss"], mechanisms, others=loss)


LIBRARY = Library(
    "torchrl",
    "torchrl",
    (
        Entry(
            "GAE",
            "steps",
            trajectory,
            audit_gae,
            Answer.IMPLEMENTATION_DEPENDENT,
            "sums over later steps, which can also be added up for each step by itself",
            "reward",
            ("discounted sum",),
        ),
        Entry(
            "GAE, vectorised",
            "steps",
            trajectory,
            audit_vectorised_gae,
            Answer.IMPLEMENTATION_DEPENDENT,
            "as GAE",
            "reward",
            ("discounted sum",),
        ),
        Entry(
            "TD(λ)",
            "steps",
            trajectory,
            audit_td_lambda(functional.td_lambda_return_estimate),
            Answer.IMPLEMENTATION_DEPENDENT,
            "as GAE",
            "reward",
            ("discounted sum",),
        ),
        Entry(
            "TD(λ), vectorised",
            "steps",
            trajectory,
            audit_td_lambda(functional.vec_td_lambda_return_estimate),
            Answer.IMPLEMENTATION_DEPENDENT,
            "as GAE",
            "reward",
            ("discounted sum",),
        ),
        Entry(
            "V-trace",
            "steps",
            off_policy,
            audit_v_trace,
            Answer.NOT_MODULAR,
            "later errors, each times its clipped ratio",
            "reward",
            ("temporal-difference error",),
        ),
        Entry(
            "ClipPPO",
            "actions",
            ppo,
            audit_ppo,
            Answer.NOT_MODULAR,
            "softmax",
            "advantage",
            ("log-sum-exp",),
            ("standard deviation", "norm"),
        ),
        Entry(
            "DQN, action indices",
            "actions",
            lambda: dqn("categorical"),
            audit_dqn,
            Answer.MODULAR,
            "a transition changes the value of the action that was taken, and no norm is clipped",
            "reward",
        ),
        Entry(
            "DQN, one-hot actions",
            "actions",
            lambda: dqn("one_hot"),
            audit_dqn,
            Answer.MODULAR,
            "as DQN with indices",
            "reward",
        ),
    ),
)
