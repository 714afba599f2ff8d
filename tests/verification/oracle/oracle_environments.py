"""The environments of their PPO agree with the tables of ours."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env as check_by_gymnasium
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.vec_env import DummyVecEnv

from repro import tasks
from tests.verification.oracle import ours
from tests.verification.oracle.environments import TaskEnv, TaskVecEnv


@pytest.mark.parametrize("problem", tasks.problem_names())
def test_their_checkers_find_nothing(problem: str) -> None:
    check_env(TaskEnv(ours.tables(problem)), warn=True)
    with warnings.catch_warnings():
        # The checker warns that it cannot make the environment again from a registry.
        warnings.filterwarnings("ignore", message=".*spec.*")
        check_by_gymnasium(TaskEnv(ours.tables(problem)), skip_render_check=True)


def test_terminal_states_terminate_and_the_horizon_truncates() -> None:
    env = TaskEnv(ours.tables("linear_chain.training"))
    env.reset()
    steps = [env.step(np.int64("ABCDEF".index(letter))) for letter in "ABC"]
    assert [step[1:4] for step in steps] == [
        (0.0, False, False),
        (0.0, False, False),
        (pytest.approx(0.8), True, False),
    ]
    env.reset()
    idle = [env.step(np.int64(5))[2:4] for _ in range(10)]
    assert idle == [(False, False)] * 9 + [(False, True)]


def test_many_copies_equal_many_environments() -> None:
    """Stable-Baselines3's own vectorised environment gives the same results."""
    tables, copies = ours.tables("linear_chain.training"), 7
    plain = DummyVecEnv([lambda: TaskEnv(tables) for _ in range(copies)])
    fast = TaskVecEnv(tables, copies)
    np.testing.assert_array_equal(plain.reset(), fast.reset())
    rng, earned = np.random.default_rng(0), np.zeros(copies)
    returns: list[float] = []
    for _ in range(300):
        action = rng.integers(6, size=copies)
        theirs, own = plain.step(action), fast.step(action)
        for there, here in zip(theirs[:3], own[:3], strict=True):
            np.testing.assert_array_equal(there, here)
        earned += own[1]
        for copy in np.flatnonzero(own[2]):
            there, here = theirs[3][copy], own[3][copy]
            assert there["TimeLimit.truncated"] == here["TimeLimit.truncated"]
            np.testing.assert_array_equal(
                there["terminal_observation"], here["terminal_observation"]
            )
            returns.append(earned[copy])
            earned[copy] = 0
    assert fast.finished == pytest.approx(returns)
    assert {round(x, 6) for x in returns} == {0.0, 0.8}
