"""Translations of torch's functions, and the functions of credit that are compiled with them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from repro.credit import vickrey
from repro.engine.kernels import torch_on_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

FLOATS = st.floats(-30, 30)
EXACT: dict[str, tuple[Callable[..., Any], Callable[..., Any], NDArray[np.float64]]] = {
    "abs": (torch.abs, np.abs, np.linspace(-3, 3, 601)),
    "digamma": (torch.digamma, special.digamma, np.exp(np.linspace(-9, 9, 2001))),
    "exp": (torch.exp, np.exp, np.linspace(-80, 80, 2001)),
    "lgamma": (torch.lgamma, special.gammaln, np.exp(np.linspace(-9, 9, 2001))),
    "log1p": (torch.log1p, np.log1p, np.linspace(-0.99, 9, 2001)),
    "relu": (torch.relu, lambda x: np.maximum(x, 0), np.linspace(-3, 3, 601)),
}
"""Function of torch, the same of numpy or scipy, and arguments."""


@pytest.mark.parametrize("name", EXACT)
def test_functions_of_one_number(name: str) -> None:
    function, expected, x = EXACT[name]
    compiled = numba.njit(lambda y: function(y))  # noqa: PLW0108 - numba compiles no built-in
    found = np.array([compiled(y) for y in x])
    np.testing.assert_allclose(found, expected(x), rtol=1e-11, atol=1e-11)


def test_trigamma() -> None:
    x = np.exp(np.linspace(-9, 9, 2001))
    compiled = numba.njit(lambda y: torch.polygamma(1, y))
    found = np.array([compiled(y) for y in x])
    np.testing.assert_allclose(found, special.polygamma(1, x), rtol=1e-11)


def test_other_polygamma_functions_are_not_translated() -> None:
    with pytest.raises(numba.TypingError):
        numba.njit(lambda y: torch.polygamma(2, y))(1.0)


def test_where_keeps_the_type_of_the_number() -> None:
    compiled = numba.njit(lambda c, y: torch.where(c, 0.0, y))
    for one in (np.float32(0.1), np.float64(0.1)):
        assert compiled(False, one) == one
        assert compiled(True, one) == 0
        assert (
            numba.typeof(one) == compiled.overloads[compiled.signatures[-1]].signature.return_type
        )


def test_every_translation_is_tested() -> None:
    tested = {function for function, *_ in EXACT.values()} | {torch.polygamma, torch.where}
    assert tested == set(torch_on_numbers.TRANSLATIONS)


def exponentials(x: NDArray[np.float32]) -> NDArray[np.float32]:
    found = np.empty_like(x)
    for i in range(x.size):
        found[i] = torch.exp(x[i])
    return found


compiled_exponentials = numba.njit(**torch_on_numbers.OPTIONS)(exponentials)


def test_the_exponential_of_single_precision() -> None:
    x = np.linspace(-87, 88.3, 400_001).astype(np.float32)
    found = compiled_exponentials(x)
    assert found.dtype == np.float32
    exact = np.exp(x.astype(np.float64))
    # One unit in the last place is at most 1.2e-7.
    assert np.abs(found / exact - 1).max() < 1.2e-7
    assert (np.diff(found) >= 0).all()
    ends = np.array([0, -200, 200, -math.inf, math.inf, math.nan], np.float32)
    one, low, high, lowest, highest, nan = compiled_exponentials(ends)
    assert one == 1
    assert 0 <= lowest == low < 2e-38
    assert 2e38 < high == highest < math.inf
    assert np.isnan(nan)


@given(st.tuples(*[FLOATS] * 3), st.tuples(st.floats(1e-5, 1 - 1e-5), FLOATS))
def test_a_bids_gradient_is_that_of_torch(
    change: tuple[float, float, float], sample: tuple[float, float]
) -> None:
    bid, advantage = sample
    steps = [x / 30 for x in change]
    given_ = [*steps, math.log(bid), math.log1p(-bid), advantage, 0.2]
    wide: Any = (*(torch.tensor(x, dtype=torch.float64) for x in given_[:6]), 0.2)
    expected = vickrey.bid_gradient(*wide)
    found = compiled_bid_gradient(*map(np.float32, given_))
    bound = advantage + 0.2 * abs(advantage)
    ratio = math.exp(steps[0] * given_[3] + steps[1] * given_[4] - steps[2])
    if math.isclose(ratio * advantage, bound, rel_tol=1e-4):
        return  # at the edge of the clip range, rounding decides
    assert found == pytest.approx(float(expected), rel=2e-5, abs=1e-30)


torch_on_numbers.register()
compiled_bid_gradient = numba.njit(vickrey.bid_gradient)


@given(st.tuples(*[st.floats(-6, 6)] * 2), st.tuples(*[FLOATS] * 3), st.floats(0, 1))
def test_gradients_of_logits_are_those_of_torch(
    logits: tuple[float, float], sums: tuple[float, float, float], bonus: float
) -> None:
    wide = [torch.tensor(x, dtype=torch.float64) for x in (*logits, *sums, bonus)]
    expected = [float(x) for x in vickrey.logit_gradients(*wide)]
    found = compiled_logit_gradients(*logits, *sums, bonus)
    # Sums of terms that may cancel.
    size = 1e-9 * (1 + sum(map(abs, sums))) * math.exp(max(map(abs, logits)))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=size)


compiled_logit_gradients = numba.njit(vickrey.logit_gradients)
