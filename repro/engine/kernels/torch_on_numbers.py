"""What torch's functions mean for numbers in compiled code.

The gradient functions in `repro.credit` are written with torch. Numba compiles them as they are, with
the translations here.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numba import types
from numba.extending import overload, register_jitable

if TYPE_CHECKING:
    from collections.abc import Callable

    Translation = Callable[..., float]

OPTIONS = {"error_model": "numpy", "fastmath": {"contract", "nsz"}}
_LOG2_E = np.float32(1.44269504088896341)
# ln 2 in two parts, of which the first has few digits.
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
_LOWEST, _HIGHEST = np.float32(-87.3), np.float32(88.3)
"""Between these, e^x is a normal float32 number, and the polynomial's power of two is one too."""
_HALF, _ONE = np.float32(0.5), np.float32(1)
# Of the polynomial for (e^x - 1 - x) / x² on ±ln 2 / 2 (Moshier, Cephes, expf).
_C5, _C4, _C3, _C2, _C1, _C0 = np.array(
    [
        1.9875691500e-4,
        1.3981999507e-3,
        8.3334519073e-3,
        4.1665795894e-2,
        1.6666665459e-1,
        5.0000001201e-1,
    ],
    np.float32,
)


@register_jitable(**OPTIONS)
def exp_single(x: np.float32) -> np.float32:
    """Return e^x in single precision, within one unit in the last place; it has no branches.

    Loops over it are vectorised, unlike those over the C library's function. Below -87.3 it returns
    about 1e-38, above 88.3 about 2e38.
    """
    number = x == x  # noqa: PLR0124 - false for NaN
    within = min(max(x, _LOWEST), _HIGHEST)
    power = np.floor(within * _LOG2_E + _HALF)
    rest = within - power * _LN2_HIGH - power * _LN2_LOW
    y = _C5
    y = y * rest + _C4
    y = y * rest + _C3
    y = y * rest + _C2
    y = y * rest + _C1
    y = y * rest + _C0
    y = y * rest * rest + rest + _ONE
    scale = np.int32((np.int32(power) + np.int32(127)) << np.int32(23)).view(np.float32)
    return np.float32(y * scale) if number else x


@register_jitable(**OPTIONS)
def digamma(x: float) -> float:
    """Derivative of log Γ for x > 0: six steps of its recurrence, then its asymptotic series."""
    steps = 0.0
    for k in range(6):
        steps += 1 / (x + k)
    far = x + 6
    f = 1 / (far * far)
    series = f * (1 / 12 - f * (1 / 120 - f * (1 / 252 - f * (1 / 240 - f * (1 / 132)))))
    return math.log(far) - 0.5 / far - series - steps


@register_jitable(**OPTIONS)
def trigamma(x: float) -> float:
    """Second derivative of log Γ for x > 0, as `digamma`."""
    steps = 0.0
    for k in range(6):
        steps += 1 / ((x + k) * (x + k))
    far = x + 6
    f = 1 / (far * far)
    series = f * (1 / 6 - f * (1 / 30 - f * (1 / 42 - f * (1 / 30 - f * (5 / 66)))))
    return (1 + series) / far + f / 2 + steps


def _exp(x: float) -> float:
    return math.exp(x)


def _lgamma(x: float) -> float:
    return math.lgamma(x)


def _log1p(x: float) -> float:
    return math.log1p(x)


def _abs(x: float) -> float:
    return abs(x)


def _relu(x: float) -> float:
    return x if x > 0 else 0.0


def _polygamma(_n: int, x: float) -> float:
    found: float = trigamma(x)
    return found


def _choose_exp(*kind: types.Type) -> Translation:
    return exp_single if kind == (types.float32,) else _exp


def _choose_where(*kind: types.Type) -> Translation:
    result = kind[-1]  # a number where the condition holds takes the type of the other one

    def where(condition: bool, x: float, y: float) -> float:
        return result(x) if condition else y

    return where


def _choose_polygamma(*kind: types.Type) -> Translation | None:
    return _polygamma if getattr(kind[0], "literal_value", None) == 1 else None


def _always(translation: Translation) -> Callable[..., Translation]:
    """Return a function that chooses this translation for any types."""

    def choose(*_kind: types.Type) -> Translation:
        return translation

    return choose


TRANSLATIONS: dict[Callable[..., Any], Callable[..., Translation | None]] = {
    torch.abs: _always(_abs),
    torch.digamma: _always(digamma),
    torch.exp: _choose_exp,
    torch.lgamma: _always(_lgamma),
    torch.log1p: _always(_log1p),
    torch.polygamma: _choose_polygamma,
    torch.relu: _always(_relu),
    torch.where: _choose_where,
}
"""For each function of torch, one that chooses its translation by the types of the arguments."""


@cache
def register() -> None:
    """Tell numba about the translations."""
    for function, choose in TRANSLATIONS.items():
        overload(function, jit_options=OPTIONS, strict=False, prefer_literal=True)(choose)
