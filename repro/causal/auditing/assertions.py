"""An assertion for a test suite: a rule is modular."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repro.causal.auditing.audit import audit
from repro.causal.auditing.findings import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from torch import Tensor

    from repro.causal.auditing.rule_run import Gradients
    from repro.causal.auditing.verdict import Verdict


def assert_modular(
    rule: Callable[..., Gradients],
    inputs: Mapping[str, Tensor | np.ndarray],
    **options: Any,  # noqa: ANN401 - those of audit
) -> Verdict:
    """Audit a rule, and raise unless it is modular.

    >>> import torch
    >>> from repro.causal import assert_modular
    >>> def rule(bids):
    ...     return {"left": bids[0] - bids.mean(), "right": bids[1] - bids.mean()}
    >>> assert_modular(rule, {"bids": torch.tensor([0.1, 0.7, 0.4])})
    Traceback (most recent call last):
    AssertionError: the rule is implementation-dependent: in some implementations, the gradients of left and right share sum (bids[0] + bids[1] + bids[2]); if this were an input, they would be independent

    Args:
        rule: see `audit`.
        inputs: see `audit`.
        options: see `audit`.

    Returns:
        The verdict, for more assertions.

    Raises:
        AssertionError: the rule is not modular, or it could not be determined; the message says why.
        AuditError: see `audit`.
    """
    __tracebackhide__ = True
    verdict = audit(rule, inputs, **options)
    if verdict.answer is not Answer.MODULAR:
        raise AssertionError(f"the rule is {verdict.answer}: {_reason(verdict)}")
    return verdict


def _reason(verdict: Verdict) -> str:
    pair = next(pair for pair, found in verdict.pairs.items() if found is verdict.answer)
    between = f"the gradients of {pair[0]} and {pair[1]}"
    if verdict.answer is Answer.UNDETERMINED:
        return f"{between} may share what could not be traced: {verdict.limits[0]}"
    if pair in verdict.shared_parameters:
        return f"{pair[0]} and {pair[1]} share parameters"
    some = "in some implementations, " if verdict.answer is Answer.IMPLEMENTATION_DEPENDENT else ""
    witness = next((one for one in verdict.witnesses if one.pair == pair), None)
    shared = f" {witness.name} {witness.expression}" if witness else " a hidden variable"
    text = f"{some}{between} share{shared}"
    given = verdict.separating_set(*pair)
    if not given:
        return text
    if len(given) == 1 and witness and given[0].expression == witness.expression:
        return f"{text}; if this were an input, they would be independent"
    listed = ", ".join(map(str, given))
    were = "this were an input" if len(given) == 1 else "these were inputs"
    return f"{text}; if {were}, they would be independent: {listed}"
