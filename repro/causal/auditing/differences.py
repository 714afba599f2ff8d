"""What changed between two versions of a rule: answers, pairs, what gradients read, and formulas."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repro.causal.auditing.reads import in_slices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repro.causal.auditing.findings import Answer, Pair
    from repro.causal.auditing.verdict import Verdict

_MOST = 6
"""How many slices, pairs or gradients are listed in a line."""


@dataclass(frozen=True)
class AuditDiff:
    """The difference between two verdicts. It is true if there is one, and `str` describes it.

    Attributes:
        answer: before and after; None if it is the same.
        pairs: answers before and after of the pairs for which they differ.
        reads: of each gradient that reads something else, the elements read only before, and only after.
        formulas: of each gradient that is computed by another formula, the formula before and after; None for
            one that is too long to write.
        missing: gradients that only the verdict before has.
        added: gradients that only the verdict after has.
        shapes: of the inputs, after; for slices.
    """

    answer: tuple[Answer, Answer] | None
    pairs: Mapping[Pair, tuple[Answer, Answer]]
    reads: Mapping[str, tuple[frozenset[str], frozenset[str]]]
    formulas: Mapping[str, tuple[str | None, str | None]]
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict, repr=False)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Which outputs differ, among "verdict", "pairs", "reads" and "formulas"."""
        differ = {
            "verdict": self.answer is not None,
            "pairs": bool(self.pairs),
            "reads": bool(self.reads),
            "formulas": bool(self.formulas),
        }
        return tuple(name for name, does in differ.items() if does)

    def __bool__(self) -> bool:
        """Return whether anything differs."""
        return bool(self.outputs or self.missing or self.added)

    def __str__(self) -> str:
        """Describe the difference, one line for each thing that changed."""
        lines = [] if self.answer is None else [f"answer: {self.answer[0]} → {self.answer[1]}"]
        lines += [f"gradient of {name}: only before" for name in self.missing]
        lines += [f"gradient of {name}: only after" for name in self.added]
        lines += _cut(
            [f"{a} and {b}: {old} → {new}" for (a, b), (old, new) in self.pairs.items()], "pairs"
        )
        for name, (before, after) in self.reads.items():
            parts = [f"no longer reads {self._listed(before)}"] if before else []
            parts += [f"now reads {self._listed(after)}"] if after else []
            lines.append(f"{name}: {', '.join(parts)}")
        for name, (old, new) in self.formulas.items():
            if old is None and new is None:
                lines.append(f"{name}: another formula, too long to write")
            else:
                lines.append(f"{name}: {old or 'a long formula'} → {new or 'a long formula'}")
        return "\n".join(lines) or "no difference"

    def _listed(self, found: frozenset[str]) -> str:
        slices = in_slices(found, self.shapes)
        more = f" and {len(slices) - _MOST} more" if len(slices) > _MOST else ""
        return ", ".join(slices[:_MOST]) + more


def audit_diff(before: Verdict, after: Verdict) -> AuditDiff:
    """Compare the verdicts of two versions of a rule.

    >>> import torch
    >>> from repro.causal import audit, audit_diff
    >>> inputs = {"bids": torch.tensor([0.1, 0.7]), "reward": torch.tensor(0.5)}
    >>> def before(bids, reward):
    ...     return {"left": reward - bids[0], "right": reward - bids[1]}
    >>> def after(bids, reward):
    ...     return {"left": reward - bids.mean(), "right": reward - bids[1]}
    >>> print(audit_diff(audit(before, inputs), audit(after, inputs)))
    left: now reads bids[1]
    left: reward - bids[0] → reward - 0.5 bids[0] - 0.5 bids[1]

    The order in which sums are added is no difference of formulas. If the two rules do not have the same
    inputs, of the same shapes, only formulas that are short enough to be written are compared.
    """
    same = dict.fromkeys(name for name in before.reads if name in after.reads)
    reads = {
        name: (before.reads[name] - after.reads[name], after.reads[name] - before.reads[name])
        for name in same
        if before.reads[name] != after.reads[name]
    }
    return AuditDiff(
        answer=None if before.answer is after.answer else (before.answer, after.answer),
        pairs={
            pair: (found, after.pairs[pair])
            for pair, found in before.pairs.items()
            if pair in after.pairs and found is not after.pairs[pair]
        },
        reads=reads,
        formulas=_formulas(before, after, same),
        missing=tuple(name for name in before.reads if name not in same),
        added=tuple(name for name in after.reads if name not in same),
        shapes={**before.shapes, **after.shapes},
    )


def _formulas(
    before: Verdict, after: Verdict, names: Mapping[str, None]
) -> dict[str, tuple[str | None, str | None]]:
    old, new = before.evidence, after.evidence
    if old is None or new is None:
        return {}
    comparable = list(before.shapes.items()) == list(after.shapes.items())
    found = {}
    for name in names:
        texts = old.formula(name), new.formula(name)
        same = old.digest(name) == new.digest(name) if comparable else texts[0] == texts[1]
        if not same:
            found[name] = texts
    return found


def _cut(lines: list[str], what: str) -> list[str]:
    more = len(lines) - _MOST
    return lines[:_MOST] + ([f"… and {more} more {what}"] if more > 0 else [])
