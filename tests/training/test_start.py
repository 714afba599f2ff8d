"""What a block starts from: weights kept at an epoch, of another algorithm, and changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from repro import algorithms, tasks
from repro.errors import UserError
from repro.protocol.blocks import Block, pretraining, transfer
from repro.training.run import run
from repro.training.start import CHANGES, check, started
from tests.algorithms.reference import KINDS, rough_weights

SMALL = (("minibatch", 64), ("steps", 256))
TRAINING, LAST = "linear_chain.training", "linear_chain.last"


def tiny(algorithm: str, **words: object) -> Block:
    block = Block(algorithm, TRAINING, (3, 4), 6, hyperparameters=SMALL, keep=(2, 4))
    return replace(block, **words)  # type: ignore[arg-type] # fields of a block


def child(parent: Block, **words: object) -> Block:
    block = Block(parent.algorithm, LAST, (3, 4), 2, hyperparameters=SMALL, parent=parent)
    return replace(block, **words)  # type: ignore[arg-type] # likewise


@pytest.mark.parametrize("name", KINDS)
def test_kept_weights_are_those_of_a_training_that_ended_there(name: str) -> None:
    whole, _ = run(tiny(name), None)
    assert {key.partition(".")[2] for key in whole.weights} == {"", "2", "4"}
    for epoch in (2, 4):
        short, _ = run(tiny(name, epochs=epoch, keep=()), None)
        for part, parameters in short.weights.items():
            np.testing.assert_array_equal(whole.weights[f"{part}.{epoch}"], parameters)
        transferred, _ = run(child(tiny(name), from_epoch=epoch), whole.weights)
        expected, _ = run(child(tiny(name)), short.weights)
        assert transferred.returns.tobytes() == expected.returns.tobytes()
        for part, parameters in expected.weights.items():
            assert transferred.weights[part].tobytes() == parameters.tobytes()


def test_keeping_weights_changes_nothing_else() -> None:
    kept, _ = run(tiny("ppof"), None)
    without, _ = run(tiny("ppof", keep=()), None)
    assert kept.returns.tobytes() == without.returns.tobytes()
    assert kept.weights["policy"].tobytes() == without.weights["policy"].tobytes()


def outputs(name: str, policy: np.ndarray) -> torch.Tensor:
    tables = tasks.problem(LAST).merged
    spec = algorithms.load(name).policy_spec(
        tables.observation.shape[1], tables.next_state.shape[1]
    )
    return spec.forward(torch.from_numpy(policy), torch.from_numpy(tables.observation.copy()))


@pytest.mark.parametrize("name", ["ppo", "ppof"])
def test_scaled_logits(name: str) -> None:
    weights, block = rough_weights(name, TRAINING), transfer(name, LAST, (0, 1))
    before = {part: parameters.copy() for part, parameters in weights.items()}
    changed = started(replace(block, changes=(("scale_logits", 0.25),)), weights)
    torch.testing.assert_close(
        outputs(name, changed["policy"]), 0.25 * outputs(name, weights["policy"])
    )
    np.testing.assert_array_equal(changed["value"], weights["value"])
    for part, parameters in before.items():  # the parent's record is left alone
        np.testing.assert_array_equal(weights[part], parameters)


def test_scaled_concentrations() -> None:
    weights = rough_weights("cvs", TRAINING)
    block = transfer("cvs", LAST, (0, 1), changes={"scale_concentrations": 3})
    mean, concentration = outputs("cvs", started(block, weights)["policy"]).unbind(-1)
    old_mean, old_concentration = outputs("cvs", weights["policy"]).unbind(-1)
    torch.testing.assert_close(mean, old_mean, rtol=0, atol=0)
    torch.testing.assert_close(concentration, 3 * old_concentration)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_by_a_factor_of_one_changes_nothing(name: str) -> None:
    algorithm = "cvs" if name == "scale_concentrations" else "ppof"
    weights = rough_weights(algorithm, TRAINING)
    same = started(transfer(algorithm, LAST, (0, 1), changes={name: 1}), weights)
    assert {part: w.tobytes() for part, w in same.items()} == {
        part: w.tobytes() for part, w in weights.items()
    }


def test_an_algorithm_can_start_from_another_with_the_same_networks() -> None:
    parent, _ = run(tiny("cvs"), None)
    block = child(tiny("cvs"), algorithm="vickrey_society")
    check(block)
    own, _ = run(block, parent.weights)
    alone, _ = run(replace(block, parent=None), None)
    assert own.returns.tobytes() != alone.returns.tobytes()


@pytest.mark.parametrize(
    ("block", "says"),
    [
        (
            transfer("ppo", LAST, (0,), changes={"scale_concentrations": 2}),
            (
                r"^ppo/linear_chain.last/scale_concentrations=2: scale_concentrations applies to societies "
                r"of bidders, and ppo is none; expected scale_logits$"
            ),
        ),
        (
            transfer("q_learning", LAST, (0,), changes={"scale_logits": 2}),
            r"q_learning is none; no change applies to it$",
        ),
        (
            transfer("ppo", LAST, (0,), changes={"scale_logit": 2}),
            r"^unknown change of weights in ppo/.*: 'scale_logit'; did you mean scale_logits",
        ),
        (
            transfer("ppo", LAST, (0,), parent=pretraining("ppof", "linear_chain", (0,))),
            (
                r"its policy networks are \(1, 766\) .*, those of its parent ppof/linear_chain.training "
                r"\(6, 661\); expected the same"
            ),
        ),
        (
            transfer(
                "cvs",
                LAST,
                (0,),
                parent=pretraining("cvs", "linear_chain", (0,), hyperparameters={"hidden": 8}),
            ),
            r"its policy networks are",
        ),
        (transfer("ppo", LAST, (0,), hyperparameters={"clipp": 1}), r"did you mean clip"),
        (transfer("ppo", "linear_chain.lst", (0,)), r"unknown problem"),
        (transfer("cvz", LAST, (0,)), r"unknown algorithm"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_training(block: Block, says: str) -> None:
    with pytest.raises(UserError, match=says):
        check(block)


def test_weights_of_other_sizes_are_refused() -> None:
    weights = rough_weights("ppof", TRAINING)
    with pytest.raises(UserError, match=r"its policy networks are \(1, 766\)"):
        started(transfer("ppo", LAST, (0, 1)), weights)
