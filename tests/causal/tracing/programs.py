"""Random credit assignment: straight-line programs on numbers, in one coding and in another."""

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
    """Steps, each on two earlier numbers; gradients are some of the numbers.

    Attributes:
        steps: (operation, place, place); places 0 to 3 are the inputs.
        ends: of each mechanism, the places of its gradient's elements.
    """

    steps: tuple[Step, ...]
    ends: tuple[tuple[int, ...], ...]

    @property
    def inputs(self) -> dict[str, Tensor]:
        """Four numbers, none near another."""
        return {"x": torch.tensor([0.31, -0.72, 1.13, 0.54], dtype=torch.float64)}

    def rule(self, x: Tensor) -> dict[str, Tensor]:
        """Compute the numbers one after another."""
        made = list(x.unbind())
        for operation, first, second in self.steps:
            if operation in UNARY:
                made.append(UNARY[operation](made[first]))
            else:
                made.append(BINARY[operation](made[first], made[second]))
        return {
            name: torch.stack([made[i] for i in places])
            for name, places in zip(NAMES, self.ends, strict=True)
        }

    def recomputing(self, x: Tensor) -> dict[str, Tensor]:
        """Compute every number anew wherever it is needed, commuting operations the other way."""

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
            name: torch.cat([value(i).view(1) for i in places])
            for name, places in reversed(list(zip(NAMES, self.ends, strict=True)))
        }
        return {name: found[name] for name in NAMES}

    def in_memory(self, x: Tensor) -> dict[str, Tensor]:
        """Compute in place, in one row of memory."""
        row = torch.zeros(INPUTS + len(self.steps), dtype=x.dtype)
        row[:INPUTS] = x
        for place, (operation, first, second) in enumerate(self.steps, INPUTS):
            if operation in UNARY:
                row[place] = UNARY[operation](row[first])
            else:
                row[place] = BINARY[operation](row[first], row[second])
        return {
            name: row[torch.tensor(places)] for name, places in zip(NAMES, self.ends, strict=True)
        }


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Draw up to nine steps."""
    steps: list[Step] = []
    for made in range(INPUTS, INPUTS + draw(st.integers(1, 9))):
        # Late numbers more often than early ones, so that programs are deep.
        places = st.integers(0, made - 1) | st.integers(max(0, made - 3), made - 1)
        operation = draw(st.sampled_from([*UNARY, *BINARY]))
        steps.append((operation, draw(places), draw(places)))
    last = INPUTS + len(steps) - 1
    ends = st.lists(st.integers(0, last), min_size=1, max_size=2)
    return Program(tuple(steps), tuple(tuple(draw(ends)) for _ in NAMES))
