"""A rule with a bug, the same rule without it, and what an audit says of both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch

from repro.causal import audit, audit_diff

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from repro.causal import AuditDiff, Verdict

    Gradients = dict[str, Tensor]
    Rule = Callable[..., Gradients]

ISSUES = "https://github.com/"


@dataclass(frozen=True, eq=False)
class BugPair:
    """One bug.

    Attributes:
        bug: what is wrong, in a few words.
        source: the public issue that reports it, as owner/repository#number; "" if only the kind is known.
        rule: rule(buggy, **inputs) returns gradients by mechanism.
        inputs: tensors by name.
        outputs: which outputs of the audit differ, as reasoned by hand.
        per: whether mechanisms or their single steps are audited.
    """

    bug: str
    source: str
    rule: Callable[..., Gradients]
    inputs: Mapping[str, Tensor]
    outputs: tuple[str, ...]
    per: str = "step"

    def verdict(self, *, buggy: bool) -> Verdict:
        """Audit the rule with or without the bug."""
        return audit(lambda **inputs: self.rule(buggy, **inputs), self.inputs, per=self.per)

    @property
    def address(self) -> str:
        """The address of the public issue; "" if there is none."""
        repository, _, number = self.source.partition("#")
        return f"{ISSUES}{repository}/issues/{number}" if self.source else ""


@cache
def verdicts(pair: BugPair) -> tuple[Verdict, Verdict]:
    """Audit the rule with the bug, and without it."""
    return pair.verdict(buggy=True), pair.verdict(buggy=False)


def difference(pair: BugPair) -> AuditDiff:
    """Compare the audits of the rule with the bug and without it."""
    return audit_diff(*verdicts(pair))


def drawn(seed: int, **shapes: tuple[int, ...]) -> dict[str, Tensor]:
    """Draw double-precision inputs of these shapes."""
    generator = np.random.default_rng(seed)
    return {name: torch.from_numpy(generator.normal(size=shape)) for name, shape in shapes.items()}


def gradient(loss: Tensor, *of: Tensor) -> tuple[Tensor, ...]:
    """Differentiate a loss; a tensor that it does not depend on gets zeros."""
    found = torch.autograd.grad(loss, of, allow_unused=True)
    return tuple(torch.zeros_like(x) if g is None else g for x, g in zip(of, found, strict=True))
