"""The parts of an epoch: random streams, initial weights, minibatches, learning rates, and state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from repro import algorithms, tasks
from repro.errors import UserError
from repro.training.trainer import _pcg64_state, _set_pcg64_state, init_weights, stream
from tests.algorithms.reference import KINDS, generators, make_trainer, rough_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.training.trainer import Trainer

PROBLEM = "common_descendant.training"
SMALL = {"steps": 256, "minibatch": 64}


@pytest.fixture(params=KINDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def small(name: str, runs: int = 3) -> Trainer:
    return make_trainer(name, PROBLEM, rough_weights(name, PROBLEM, runs), **SMALL)


def same(one: dict[str, NDArray[Any]], other: dict[str, NDArray[Any]]) -> bool:
    """Return True if all arrays have the same bytes; names and types must agree."""
    assert one.keys() == other.keys()
    assert all(one[key].dtype == other[key].dtype for key in one)
    return all(one[key].tobytes() == other[key].tobytes() for key in one)


def test_a_stream_depends_on_every_part_of_its_runs_id() -> None:
    ids = [
        ("ppo", PROBLEM, 0),
        ("cvs", PROBLEM, 0),
        ("ppo", "linear_chain.last", 0),
        ("ppo", PROBLEM, 1),
    ]
    drawn = [tuple(stream(*run_id).random(4)) for run_id in ids]
    assert len(set(drawn)) == 4
    assert drawn == [tuple(stream(*run_id).random(4)) for run_id in ids]


def test_initial_weights_of_each_run(name: str) -> None:
    algorithm, tables = algorithms.load(name), tasks.problem(PROBLEM).merged
    many = init_weights(algorithm, tables, generators(3))
    alone = init_weights(algorithm, tables, generators(3)[1:2])
    policy, value = algorithm.policy_spec(10, 6).size, algorithm.value_spec(10).size
    networks = {"ppo": 1, "ppof": 6, "cvs": 6}.get(name, many["policy"].shape[1])
    assert many["policy"].shape == (3, networks, policy)
    assert networks in {1, 6}
    assert many["value"].shape == (3, algorithm.critics(6), value)
    for kind, weights in many.items():
        assert weights.dtype == np.float32
        assert weights[1].tobytes() == alone[kind][0].tobytes()
        # Each value network is drawn separately, so no two are equal.
        assert kind == "policy" or len(np.unique(weights[..., 0])) == 3 * algorithm.critics(6)


def test_outputs_of_the_problems_states(name: str) -> None:
    trainer = small(name)
    observation = torch.from_numpy(trainer.tables.observation.copy())
    policy, value, epoch = trainer.outputs()
    assert epoch == 0
    for networks, found in ((trainer.policy, policy), (trainer.value, value.unsqueeze(-1))):
        expected = networks.spec.forward(torch.from_numpy(networks.parameters), observation)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    assert value.shape == (3, trainer.algorithm.critics(6), 6)


def test_both_learning_rates_decay_by_the_factor() -> None:
    trainer = make_trainer("ppo", PROBLEM, rough_weights("ppo", PROBLEM), decay=0.25)
    assert (trainer.policy.learning_rate, trainer.value.learning_rate) == (4e-5, 5e-3)
    trainer.decay_learning_rates()
    assert (trainer.policy.learning_rate, trainer.value.learning_rate) == (1e-5, 1.25e-3)
    # Steps have the size of the learning rates.
    before = trainer.weights()
    for networks in (trainer.policy, trainer.value):
        networks.adam_step(torch.ones_like(networks.outputs()))
    for kind, rate in (("policy", 1e-5), ("value", 1.25e-3)):
        moved = np.abs(trainer.weights()[kind] - before[kind]).max()
        np.testing.assert_allclose(moved, rate, rtol=0.05)


def test_kept_runs_do_not_depend_on_dropped_ones(name: str) -> None:
    """Weights and optimiser state stay bitwise the same when others are dropped."""
    everyone, kept = small(name), small(name)
    for trainer in (everyone, kept):
        trainer.epoch(trainer.outputs())
    kept.keep(np.array([0, 2]))
    for epoch in range(2):
        expected = everyone.epoch(everyone.outputs())
        assert kept.epoch(kept.outputs()).tobytes() == expected[[0, 2]].tobytes(), epoch
    for kind, weights in everyone.weights().items():
        assert kept.weights()[kind].tobytes() == weights[[0, 2]].tobytes()
    for mine, whole in ((kept.policy, everyone.policy), (kept.value, everyone.value)):
        assert mine.moments.tobytes() == whole.moments[:, [0, 2]].tobytes()
    kept.keep(np.array([1]))
    assert kept.streams.rows.tolist() == [2]
    expected = everyone.epoch(everyone.outputs())
    assert kept.epoch(kept.outputs()).tobytes() == expected[[2]].tobytes()


@pytest.mark.parametrize("left", [[0, 1, 2], [0, 2], [1]])
def test_training_continues_from_a_state_with_the_same_bytes(name: str, left: list[int]) -> None:
    one, other = small(name), small(name)
    one.epoch(one.outputs())
    one.decay_learning_rates()
    one.keep(np.array(left))
    one.epoch(one.outputs())
    state = one.state()
    expected = [one.epoch(one.outputs()) for _ in range(2)]
    other.restore(state)
    assert same(other.state(), state)
    found = [other.epoch(other.outputs()) for _ in range(2)]
    np.testing.assert_array_equal(found, expected)
    assert same(one.state(), other.state())
    assert not same(one.state(), state)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ({"state": None}, "returned action, advantage, target; expected a column 'state'"),
        ({"target": None}, "returned state, action, advantage; expected a column 'target'"),
        ({"advantage": (3, 256)}, r"'advantage' of shape \(3, 256\); expected \(3, 1, n\)"),
        ({"target": (3, 1, 192)}, r"'target' of shape \(3, 1, 192\); expected \(3, 1, n\)"),
        ({"action": (3, 2, 256)}, "'action' of shape"),
        ({"state": (2, 1, 256)}, "'state' of shape"),
        ({"state": ()}, r"'state' of shape \(\)"),
        ({"state": (3, 1, 0)}, "'state' of shape"),
        (
            dict.fromkeys(("state", "action", "advantage", "target"), (3, 1, 250)),
            "'state' of shape .* a multiple of the minibatch, 64; reshape it",
        ),
    ],
)
def test_samples_of_another_form_are_an_error(
    broken: dict[str, tuple[int, ...] | None], says: str
) -> None:
    trainer = small("ppo")
    samples, _ = trainer.experience(trainer.outputs())
    for column, shape in broken.items():
        if shape is None:
            del samples[column]
        else:
            samples[column] = torch.zeros(shape, dtype=samples[column].dtype)
    with pytest.raises(UserError, match=f"^ppo: assign_credit .*{says}"):
        trainer.learn(samples, trainer.outputs().policy)
    assert trainer.policy.steps == 0


@pytest.mark.parametrize("kind", ["policy", "value"])
def test_a_gradient_of_another_shape_names_the_networks(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file that someone adds: its gradient has no axis for the networks."""
    trainer = small("ppo")
    monkeypatch.setattr(
        type(trainer.algorithm), f"{kind}_gradient", lambda _, outputs, *__: outputs[:, 0]
    )
    with pytest.raises(
        UserError, match=rf"^the gradient of ppo's {kind} networks has shape \(3, 6"
    ):
        trainer.epoch(trainer.outputs())


def test_a_state_is_a_copy(name: str) -> None:
    trainer = small(name)
    state = trainer.state()
    kept = {key: array.copy() for key, array in state.items()}
    weights = trainer.weights()
    trainer.epoch(trainer.outputs())
    trainer.keep(np.array([1]))
    assert same(state, kept)
    assert all((weights[kind] == kept[f"{kind}.parameters"]).all() for kind in weights)


def test_restoring_copies_the_state(name: str) -> None:
    state, other = small(name).state(), small(name)
    kept = {key: array.copy() for key, array in state.items()}
    other.restore(state)
    other.epoch(other.outputs())
    assert same(state, kept)


def test_a_state_holds_only_numbers(name: str) -> None:
    """So it can be saved without pickle."""
    state = small(name).state()
    assert all(array.dtype.kind in "iuf" for array in state.values())
    assert state["rows"].tolist() == [0, 1, 2]


@given(st.integers(0, 2**128 - 1), st.integers(0, 3), st.integers(0, 7))
def test_generators_continue_from_their_state(seed: int, halves: int, doubles: int) -> None:
    """Includes the unused half of a 64-bit word."""
    one = np.random.Generator(np.random.PCG64(seed))
    one.random(doubles)
    for _ in range(halves):
        one.integers(2**32, dtype=np.uint32)
    words = _pcg64_state(one)
    assert words.dtype == np.uint64
    assert words.shape == (6,)
    other = np.random.default_rng(1)
    _set_pcg64_state(other, words)
    assert other.bit_generator.state == one.bit_generator.state
    for kind in (np.uint32, np.uint64):
        limit = np.iinfo(kind).max
        np.testing.assert_array_equal(
            one.integers(limit, size=9, dtype=kind), other.integers(limit, size=9, dtype=kind)
        )
    assert one.random() == other.random()
