"""Names of NumPy that mean torch's front end while a rule runs, and NumPy again afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from numpy import exp as exponential
from numpy import linalg

from repro.causal.auditing.numpy_front_end import MissingNameError, arrays, rebound, tensors

if TYPE_CHECKING:
    from collections.abc import Callable

X = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)


def _helper(x: Any) -> Any:  # noqa: ANN401 - an array
    return np.linalg.norm(x) + linalg.norm(x)


def _by_name(x: Any) -> Any:  # noqa: ANN401 - an array
    return exponential(x) + _helper(x)


def _closure() -> Callable[[Any], Any]:
    import numpy as own  # noqa: ICN001, PLC0415 - another name

    return lambda x: own.sort(x)[::-1]


class _Callable:
    def __call__(self, x: Any) -> Any:  # noqa: ANN401 - an array
        return np.where(x > 0, np.log1p(np.abs(x)), np.float64(0.25))


def _of_lists(x: Any) -> Any:  # noqa: ANN401 - an array
    return np.array([[x[0], 1.0], (x[1], x[2])]) + np.asarray([x[0] * 2, 3])


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "names and helpers": _by_name,
    "a closure": _closure(),
    "an object": _Callable(),
    "lists of computed numbers": _of_lists,
    "plain lists": lambda x: np.array([1, 2, 3]) * x + np.pi,
}


@pytest.mark.parametrize("case", FUNCTIONS)
def test_it_computes_what_numpy_computes(case: str) -> None:
    function = FUNCTIONS[case]
    expected = np.array(function(X.numpy()))
    with rebound(function):
        found = tensors(function(arrays(X)))
    assert isinstance(found, torch.Tensor)
    assert found.numpy().dtype == expected.dtype
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


def test_names_are_numpys_again_also_after_an_error() -> None:
    closure = _closure()
    seen: list[object] = []

    def failing() -> None:
        seen.extend((closure, np, exponential, linalg))
        raise KeyError

    with pytest.raises(KeyError), rebound(failing):
        failing()
    assert not {id(x) for x in seen} & {id(x) for x in NAMES}
    assert (np, exponential, linalg) == NAMES
    assert np is NAMES[0]
    np.testing.assert_array_equal(closure(np.array([1, 3, 2])), [3, 2, 1])


NAMES = (np, exponential, linalg)


def test_libraries_keep_their_own_names() -> None:
    """What a function uses of a library that uses NumPy is not changed."""
    library = np.testing.assert_allclose
    with rebound(lambda: (library, json.dumps)):
        inside = library.__globals__["np"]
    assert inside is NAMES[0]


def test_random_numbers_remain_numpys() -> None:
    with rebound(_by_name):
        drawn = np.random.default_rng(0).normal()
    assert drawn == np.random.default_rng(0).normal()


@pytest.mark.parametrize("name", ["errstate", "no_such_function", "_core"])
def test_a_name_that_torch_lacks_is_an_error_and_an_attribute_error(name: str) -> None:
    with rebound(_by_name):
        assert not hasattr(np, name)
        with pytest.raises(MissingNameError, match=rf"numpy.{name} is not in.*\(test_numpy_front"):
            getattr(np, name)
        with pytest.raises(MissingNameError, match=r"numpy\.linalg\.nothing is not in"):
            _ = np.linalg.nothing  # type: ignore[attr-defined]  # the mistake
