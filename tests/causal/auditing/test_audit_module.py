"""Whole training steps of agents made of torch modules: answers reasoned by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from repro.causal import Answer, AuditError, audit_module, rows
from tests.causal.auditing.agents import Society

if TYPE_CHECKING:
    from collections.abc import Callable

    from repro.causal import Verdict

MODULAR, NOT_MODULAR = Answer.MODULAR, Answer.NOT_MODULAR


def audited(society: Society, step: Callable[..., object], **more: Any) -> Verdict:  # noqa: ANN401
    return audit_module(
        step,
        society.mechanisms(),
        batch=society.batch,
        others={"target": society.targets, "trunk": society.trunk},
        **more,
    )


def names(verdict: Verdict) -> set[str]:
    return {witness.name for witness in verdict.witnesses}


def test_deep_q_learning_with_a_network_each_is_modular() -> None:
    """A transition's error reaches the network that acted, and targets read other networks."""
    society = Society()
    verdict = audited(society, society.td_loss)
    assert verdict.answer is MODULAR
    assert verdict.factorised
    assert verdict.limits == ()
    assert {"m0.0.weight", "m2.2.bias", "target[1].0.bias", "reward"} <= {*verdict.conditioned}
    assert verdict.context == ("action",)
    assert any(name.startswith("m0.2.weight[0, ") for name in verdict.reads["m0"])
    # Network 1 is read by no gradient but its own: targets come from the targets.
    assert not any(name.startswith("m1.") for name in verdict.reads["m0"])


def test_a_softmax_over_bids_is_shared() -> None:
    society = Society()
    verdict = audited(society, society.policy_loss)
    assert verdict.answer is NOT_MODULAR
    assert "log-sum-exp" in names(verdict)


def test_bids_that_are_observed_do_not_separate_a_softmax() -> None:
    society = Society()
    verdict = audited(
        society,
        society.policy_loss,
        execution=lambda observation, **_: society.bids(society.nets, observation),
    )
    assert verdict.answer is NOT_MODULAR


@pytest.mark.slow
@pytest.mark.parametrize(
    ("clip", "answer"), [("", MODULAR), ("each", MODULAR), ("all", NOT_MODULAR)]
)
@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.RMSprop])
@pytest.mark.parametrize("updates", [0, 2])
def test_whole_updates(
    clip: str, answer: Answer, optimizer: type[torch.optim.Optimizer], updates: int
) -> None:
    """One norm over all mechanisms couples them (talk:150); what the optimiser keeps is an input."""
    society = Society(optimizer)
    for _ in range(updates):
        society.update(clip, **society.batch)

    def step(**data: Tensor) -> None:
        society.update(clip, **data)

    verdict = audited(society, step)
    assert verdict.answer is answer
    assert verdict.limits == ()
    assert ("norm" in names(verdict)) is (clip == "all")
    kept = "exp_avg" if optimizer is torch.optim.Adam else "square_avg"
    assert (f"m0.0.weight.{kept}" in verdict.conditioned) is (updates > 0)


def test_a_trunk_of_two_mechanisms_is_an_error_that_names_it() -> None:
    society = Society()
    mechanisms = {name: [net, society.trunk] for name, net in society.mechanisms().items()}
    with pytest.raises(AuditError, match=r"'m0' and 'm1' share trunk\.weight, trunk\.bias; ex"):
        audit_module(
            society.trunked_loss, mechanisms, batch=society.batch, others={"trunk": society.trunk}
        )


def test_a_trunk_that_is_not_a_mechanism_is_a_witness_under_its_name() -> None:
    society = Society()
    verdict = audited(society, society.trunked_loss)
    assert verdict.answer is NOT_MODULAR
    assert names(verdict) == {"output of trunk"}


def test_a_trunk_that_is_observed_leaves_a_sum_that_could_be_shared() -> None:
    """The gradient of an output's bias is a sum of errors: the sum of rewards could be shared."""
    society = Society()
    verdict = audited(
        society,
        society.trunked_loss,
        execution=lambda observation, **_: society.trunk(observation).tanh(),
    )
    assert verdict.answer is Answer.IMPLEMENTATION_DEPENDENT
    assert verdict.as_coded


def one_head(*, observed: bool) -> Verdict:
    torch.manual_seed(0)
    trunk, head = nn.Linear(3, 4), nn.Linear(4, 3)

    def step(observation: Tensor, reward: Tensor) -> Tensor:
        loss: Tensor = ((head(trunk(observation).tanh()) - reward[:, None]) ** 2).mean()
        return loss

    return audit_module(
        step,
        {f"output {k}": rows(head, k) for k in range(3)},
        batch={"observation": torch.randn(4, 3), "reward": torch.randn(4)},
        others=[trunk],
        execution=(lambda observation, **_: trunk(observation).tanh()) if observed else None,
    )


def test_rows_of_a_head() -> None:
    """The rows share no parameter; what the trunk computes is hidden unless it is observed.

    Then the sum of rewards is left, which the gradients of biases could share.
    """
    hidden, given = one_head(observed=False), one_head(observed=True)
    assert hidden.answer is NOT_MODULAR
    assert names(hidden) == {"output of trunk"}
    assert given.answer is Answer.IMPLEMENTATION_DEPENDENT
    assert given.as_coded
    assert hidden.factorised
    assert "head.weight" in hidden.conditioned
    # Row 1 reads its own bias and, without the other rows' errors, nothing of theirs.
    assert "head.bias[1]" in given.reads["output 1"]
    assert "head.bias[0]" not in given.reads["output 1"]


def test_data_outside_the_batch_are_conditioned_on() -> None:
    """Arrays and tensors that exist before the step are data, and sums of them are hidden variables."""
    torch.manual_seed(0)
    left, right = nn.Linear(3, 1), nn.Linear(3, 1)
    rewards = np.random.default_rng(0).normal(size=4)
    observation = torch.randn(4, 3)

    def step(normalise: bool = False) -> Tensor:
        reward = torch.tensor(rewards, dtype=torch.float32)
        if normalise:
            reward = reward / reward.std()
        first: Tensor = left(observation)[:2, 0] @ reward[:2]
        second: Tensor = right(observation)[2:, 0] @ reward[2:]
        return first**2 + second**2

    mechanisms = {"left": left, "right": right}
    plain = audit_module(step, mechanisms)
    assert plain.answer is MODULAR
    assert {"observation", "part of rewards"} <= {*plain.conditioned}
    normalised = audit_module(lambda: step(normalise=True), mechanisms)
    assert normalised.answer is NOT_MODULAR
    assert "standard deviation" in names(normalised)


def test_an_array_that_follows_the_parameters_is_no_data() -> None:
    torch.manual_seed(0)
    left, right = nn.Linear(3, 1), nn.Linear(3, 1)

    def step(observation: Tensor) -> Tensor:
        scale = torch.tensor(left.weight.detach().numpy()[0, :1] ** 2)
        loss: Tensor = (left(observation)[0] * scale + right(observation)[1] * scale).sum()
        return loss

    verdict = audit_module(
        step, {"left": left, "right": right}, batch={"observation": torch.randn(4, 3)}
    )
    assert verdict.answer is Answer.UNDETERMINED


@pytest.mark.slow
def test_numbers_that_are_logged_do_not_matter_and_one_that_is_used_is_named() -> None:
    society = Society()

    def logged(**data: Tensor) -> Tensor:
        loss = society.td_loss(**data)
        society.log.append(float(loss.detach()))
        assert torch.isfinite(loss)
        np.mean(loss.detach().numpy())
        return loss

    assert audited(society, logged).answer is MODULAR

    def scaled(**data: Tensor) -> Tensor:
        loss = logged(**data)
        scale: float = society.nets[0](data["observation"]).std().item()
        return loss * scale

    verdict = audited(society, scaled)
    assert verdict.answer is Answer.UNDETERMINED
    (limit,) = verdict.limits
    line = scaled.__code__.co_firstlineno + 2
    assert f"(test_audit_module.py:{line})" in limit
    assert "(the gradients of m0, m1 and m2 change with it)" in limit


@pytest.mark.slow
def test_the_gradients_are_those_of_the_step() -> None:
    """The graph predicts which gradients change with each hidden variable of the running step."""
    society = Society()
    society.batch = {name: column[:2] for name, column in society.batch.items()}
    verdict = audited(society, society.trunked_loss, verify=True)
    assert verdict.interventions
    assert not any(one.violates for one in verdict.interventions)


def test_a_trunk_that_all_train_is_named_also_if_the_rows_are_modular() -> None:
    torch.manual_seed(0)
    trunk, critic, head = nn.Linear(2, 2), nn.Linear(2, 1), nn.Linear(2, 2)
    observation = torch.randn(2, 2)

    def step() -> Tensor:
        values = head(trunk(observation))
        # The critic is trained, too, but no mechanism's gradient reads it.
        loss: Tensor = values[0, 0] + values[1, 1] + critic(observation).sum()
        return loss

    mechanisms = {f"output {k}": rows(head, k) for k in range(2)}
    others = {"trunk": trunk, "critic": critic}
    verdict = audit_module(step, mechanisms, others=others)
    assert verdict.answer is MODULAR
    assert verdict.trained_in_common == ("trunk.weight", "trunk.bias")
    assert verdict.to_dict()["trained_in_common"] == ["trunk.weight", "trunk.bias"]
    trunk.requires_grad_(requires_grad=False)
    assert audit_module(step, mechanisms, others=others).trained_in_common == ()
