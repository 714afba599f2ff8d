"""Reading tables and summing into them: by hand, and against numpy's indexing."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from repro.credit.indexing import at_action, at_state, at_state_action, segment_sum

TABLE = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
STATE, ACTION = torch.tensor([1, 0, 1, 1]), torch.tensor([0, 2, 0, 1])


def test_by_hand() -> None:
    assert at_state_action(TABLE, STATE, ACTION).tolist() == [4.0, 3.0, 4.0, 5.0]
    rows = [[4.0, 5.0, 6.0], [1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [4.0, 5.0, 6.0]]
    assert at_state(TABLE, STATE).tolist() == rows
    assert at_action(torch.tensor(rows), ACTION).tolist() == [4.0, 3.0, 4.0, 5.0]


@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 4), st.integers(0, 5))
def test_a_batch_against_numpy(seed: int, states: int, actions: int, samples: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(2, 3, states, actions))
    state = rng.integers(states, size=(2, 3, samples))
    action = rng.integers(actions, size=(2, 3, samples))
    given_ = [torch.from_numpy(x) for x in (table, state, action)]
    found = (
        at_state_action(*given_),
        at_state(*given_[:2]),
        at_action(at_state(*given_[:2]), given_[2]),
    )
    for i in np.ndindex(2, 3):
        np.testing.assert_array_equal(found[0][i], table[i][state[i], action[i]])
        np.testing.assert_array_equal(found[1][i], table[i][state[i]])
        np.testing.assert_array_equal(found[2][i], table[i][state[i], action[i]])


def test_sums_by_hand() -> None:
    x, index = torch.tensor([1.0, 2.0, 4.0, 8.0]), torch.tensor([2, 0, 2, 2])
    assert segment_sum(x, index, 4).tolist() == [2.0, 0.0, 13.0, 0.0]


@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(0, 9))
def test_sums_against_numpy(seed: int, size: int, samples: int) -> None:
    rng = np.random.default_rng(seed)
    x, index = rng.normal(size=(2, 3, samples)), rng.integers(size, size=(2, 3, samples))
    kept = x.copy()
    found = segment_sum(torch.from_numpy(x), torch.from_numpy(index), size)
    assert found.shape == (2, 3, size)
    assert found.dtype == torch.float64
    for i in np.ndindex(2, 3):
        expected = [x[i][index[i] == place].sum() for place in range(size)]
        np.testing.assert_allclose(found[i], expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(x, kept)
