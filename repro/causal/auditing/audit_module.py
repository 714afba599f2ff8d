"""The audit of a whole training step of an agent that is made of torch modules."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from repro.causal.auditing.agent_step import AgentStep
from repro.causal.auditing.audit import SELECTIONS, audit_target
from repro.causal.auditing.generators import TORCH
from repro.causal.auditing.rule_run import AuditTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from repro.causal.auditing.verdict import Verdict


def audit_module(
    step: Callable[..., object],
    mechanisms: Mapping[str, Any],
    *,
    batch: Mapping[str, Tensor] | None = None,
    others: Any = (),  # noqa: ANN401 - nested modules
    execution: Callable[..., Any] | None = None,
    selection: str = SELECTIONS[0],
    seed: int | None = None,
    verify: bool = False,
) -> Verdict:
    """Decide whether a training step gives its mechanisms independent gradients.

    >>> import torch
    >>> from repro.causal import audit_module
    >>> left, right = torch.nn.Linear(3, 1), torch.nn.Linear(3, 1)
    >>> batch = {"observation": torch.rand(4, 3), "reward": torch.rand(4)}
    >>> def step(observation, reward):
    ...     bids = torch.cat([left(observation), right(observation)], 1)
    ...     return -(bids.log_softmax(1)[:, 0] * reward).mean()
    >>> verdict = audit_module(step, {"left": left, "right": right}, batch=batch)
    >>> print(verdict.answer, "by", verdict.witnesses[0].name)
    not modular by log-sum-exp

    The numbers of all parameters and buffers, and what optimisers keep for each parameter, are conditioned on under
    their own names, such as "left.weight". So is everything else that exists before the step and does not
    change with them: tensors and NumPy arrays that the step reads. The agent is as before after the audit, and
    so are all random number generators.

    Args:
        step: step(**batch), which returns a loss, or runs the backward pass itself, and may clip gradients and call
            `optimizer.step()`. It can be a method of an agent. If it changes parameters, the verdict is about
            these changes, otherwise about the gradients.
        mechanisms: for each mechanism a module, a parameter, `rows` of a layer, or a list of these.
        batch: tensors that the step takes by name.
        others: other modules, such as critics, targets and shared encoders, in lists or by name in a dict. Their
            parameters are inputs, too, under these names. Assertions can name them, and the audit changes them, to
            see whether a gradient depends on one that the trace did not follow.
        execution: called with the batch before the step; the tensors that it returns are conditioned on, such
            as bids.
        selection: see `audit`.
        seed: of torch's random numbers, which are then the same in each run, and conditioned on; None if the step
            draws none. Numbers that the step draws from Python and NumPy, or from generators of its own, are the
            same in each run anyway. The verdict's context names all that were drawn.
        verify: see `audit`.

    Returns:
        The verdict, see `audit`.

    Raises:
        AuditError: see `audit`; or the step trains nothing, leaves a mechanism out or changes its batch; a
            mechanism has no parameters that can be trained; two share a parameter; a tensor is not on the CPU.
    """
    agent = AgentStep(step, mechanisms, batch or {}, others, seed)
    target = AuditTarget(
        agent.rule,
        agent.inputs,
        execution=None if execution is None else agent.execution(execution),
        outside_is_given=True,
        start=agent.start,
        draws_random_numbers=seed is not None,
        data=agent.data,
    )
    verdict = audit_target(
        target, mechanisms=agent.parameters(), selection=selection, verify=verify
    )
    drawn = [f"random numbers of {library}" for library in agent.random if library != TORCH]
    if seed is not None:
        drawn.append(f"random numbers of {TORCH} with seed {seed}")
    return replace(
        verdict, context=(*verdict.context, *drawn), trained_in_common=_in_common(verdict, agent)
    )


def _in_common(verdict: Verdict, agent: AgentStep) -> tuple[str, ...]:
    """List the trained parameters of no mechanism that gradients of several mechanisms read."""
    readers = Counter(
        name
        for slices in verdict.read_slices.values()
        for name in {one.partition("[")[0] for one in slices}
    )
    return tuple(name for name in agent.trained if readers[name.partition("[")[0]] > 1)
