"""Random credit-assignment programs without branches, in several implementations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

INPUTS = 4
NAMES = ("a", "b", "c")
UNARY: dict[str, Callable[[Tensor], Tensor]] = {
    "exp": torch.exp,
    "sin": torch.sin,
    "relu": torch.relu,
    "negative": torch.neg,
    "half": lambda x: 0.5 * x,
    "more": lambda x: x + 1.5,
    "sigmoid": torch.sigmoid,
}
BINARY: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "greater": torch.maximum,
    "ratio": lambda x, y: x / (y * y + 1),
}
Step = tuple[str, int, int]


@dataclass(frozen=True)
class Program:
    """Steps, each on two earlier numbers; the gradients are some of the numbers.

    Attributes:
        steps: (operation, number, number); numbers 0 to 3 are the inputs.
        ends: for each mechanism, the numbers that are its gradient's elements.
    """

    steps: tuple[Step, ...]
    ends: tuple[tuple[int, ...], ...]

    @property
    def inputs(self) -> dict[str, Tensor]:
        """Four numbers that are not close to each other."""
        return {"x": torch.tensor([0.31, -0.72, 1.13, 0.54], dtype=torch.float64)}

    def rule(self, x: Tensor) -> dict[str, Tensor]:
        """Compute the numbers in order."""
        made = list(x.unbind())
        for operation, first, second in self.steps:
            if operation in UNARY:
                made.append(UNARY[operation](made[first]))
            else:
                made.append(BINARY[operation](made[first], made[second]))
        return {
            name: torch.stack([made[i] for i in numbers])
            for name, numbers in zip(NAMES, self.ends, strict=True)
        }

    def recomputing(self, x: Tensor) -> dict[str, Tensor]:
        """Recompute every number wherever it is used, with commuting arguments swapped."""

        def value(i: int) -> Tensor:
            if i < INPUTS:
                return x[i] * 1
            operation, first, second = self.steps[i - INPUTS]
            if operation in UNARY:
                return UNARY[operation](value(first))
            if operation in {"add", "multiply", "greater"}:
                return BINARY[operation](value(second), value(first))
            return BINARY[operation](value(first), value(second))

        found = {
            name: torch.cat([value(i).view(1) for i in numbers])
            for name, numbers in reversed(list(zip(NAMES, self.ends, strict=True)))
        }
        return {name: found[name] for name in NAMES}

    def in_memory(self, x: Tensor) -> dict[str, Tensor]:
        """Compute in place, in one tensor."""
        row = torch.zeros(INPUTS + len(self.steps), dtype=x.dtype)
        row[:INPUTS] = x
        for i, (operation, first, second) in enumerate(self.steps, INPUTS):
            if operation in UNARY:
                row[i] = UNARY[operation](row[first])
            else:
                row[i] = BINARY[operation](row[first], row[second])
        return {
            name: row[torch.tensor(numbers)] for name, numbers in zip(NAMES, self.ends, strict=True)
        }


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Draw a program of up to nine steps."""
    steps: list[Step] = []
    for made in range(INPUTS, INPUTS + draw(st.integers(1, 9))):
        # Prefer late numbers, so that programs are deep.
        numbers = st.integers(0, made - 1) | st.integers(max(0, made - 3), made - 1)
        operation = draw(st.sampled_from([*UNARY, *BINARY]))
        steps.append((operation, draw(numbers), draw(numbers)))
    last = INPUTS + len(steps) - 1
    ends = st.lists(st.integers(0, last), min_size=1, max_size=2)
    return Program(tuple(steps), tuple(tuple(draw(ends)) for _ in NAMES))
