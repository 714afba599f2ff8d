"""A training step of an agent as a rule: from its parameters and data to a gradient for each mechanism."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from repro.causal.auditing.agent_state import AgentState
from repro.causal.auditing.checked_tensors import check_tensors
from repro.causal.auditing.data_change import DataChange
from repro.causal.auditing.error_text import described, misfit
from repro.causal.auditing.module_parts import (
    check_own_parameters,
    named_tensors,
    parts_of,
    starts,
    tensors_of,
)
from repro.causal.auditing.rule_run import copied
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch.optim import Optimizer

    from repro.causal.auditing.module_parts import Part

Gradients = dict[str, list[Tensor | None]]


class AgentStep:
    """A training step that can run with other parameters, and leaves its agent as it was.

    The numbers of parameters, buffers and the optimiser's running means are inputs, under their names. Numbers
    of a step that are no tensors, such as Adam's count of steps, are constants.

    Attributes:
        inputs: all inputs by name.
        start: objects that have names, see `reachable_objects`.
        parts: the parameters of each mechanism.
        random: the libraries whose random numbers the step draws.
        trained: parameters of no mechanism that the step gives a gradient or changes, such as those of a trunk.
        takes_step: whether the step updates parameters itself; then the result is how they change.
        data: the numbers in arrays and lists that the step can reach, which other runs change.

    Args:
        step: see `audit_module`.
        mechanisms: likewise.
        batch: likewise.
        others: likewise.
        seed: likewise.

    Raises:
        AuditError: something is not what it should be; one line says what.
    """

    def __init__(
        self,
        step: Callable[..., object],
        mechanisms: Mapping[str, Any],
        batch: Mapping[str, Tensor],
        others: object,
        seed: int | None,
    ) -> None:
        if not isinstance(mechanisms, Mapping) or len(mechanisms) < 2:  # noqa: PLR2004 - a pair
            raise AuditError(
                f"mechanisms: given {len(mechanisms) if isinstance(mechanisms, Mapping) else mechanisms!r}; "
                "expected a dict of two or more, each with its module or parameters"
            )
        if seed is not None and type(seed) is not int:
            raise AuditError(f"seed: given {seed!r}; expected a whole number")
        check_tensors("batch", batch)
        if wrong := misfit("step", step, batch, "batch"):
            raise AuditError(wrong)
        self._step, self._batch, self._seed = step, dict(batch), seed
        self.parts = {name: parts_of(name, given) for name, given in mechanisms.items()}
        self.start = starts(step, mechanisms, others)
        own = [part.parameter for parts in self.parts.values() for part in parts]
        buffers = [x for x in tensors_of(_modules(mechanisms)) if not x.requires_grad]
        lent = {id(x): x for x in (*own, *buffers, *tensors_of(others))}
        self._lent = named_tensors(self.start, lent.values())
        _check_devices(self._lent)
        check_own_parameters(self.parts, {id(x): name for name, x in self._lent.items()})
        self._state = AgentState(self.start)
        self.data = DataChange(self._state.data)
        self._means = self._running_means()
        self._counts = [
            (optimizer, p, key, value.item())
            for optimizer in self._state.optimizers.values()
            for p, state in optimizer.state.items()
            for key, value in state.items()
            if isinstance(value, Tensor) and not value.dim()
        ]
        self.inputs = {name: x.detach().clone() for name, x in self._lent.items()}
        self.inputs |= {name: o.state[p][key].clone() for name, (o, p, key) in self._means.items()}
        if taken := self.inputs.keys() & self._batch.keys():
            raise AuditError(
                f"batch: {', '.join(taken)} is also the name of a parameter; rename it"
            )
        self.inputs |= self._batch
        self.takes_step = False
        self.trained: tuple[str, ...] = ()
        self.random: tuple[str, ...] = ()
        self._check()

    def rule(self, **given: Tensor) -> Gradients:
        """Run the step with these inputs, and return each mechanism's gradient or change."""
        with self._borrowed(given):
            before = {id(p): given[name].detach().clone() for name, p in self._lent.items()}
            self._run({name: given[name] for name in self._batch})
            return {
                name: [self._result(part, before[id(part.parameter)]) for part in parts]
                for name, parts in self.parts.items()
            }

    def execution(self, observe: Callable[..., object]) -> Callable[..., object]:
        """Make a function of all inputs that observes the agent as it is before the step."""

        def observed(**given: Tensor) -> object:
            with self._borrowed(given):
                return observe(**{name: given[name] for name in self._batch})

        return observed

    def parameters(self) -> dict[str, list[Tensor]]:
        """List each mechanism's parameters, or the rows of them."""
        return {
            name: [part.of(part.parameter.detach()) for part in parts]
            for name, parts in self.parts.items()
        }

    def _run(self, batch: Mapping[str, Tensor]) -> None:
        """Run the step, and the backward pass if it returns a loss without one."""
        loss = self._step(**batch)
        if not isinstance(loss, Tensor) or not loss.requires_grad or self._has_run_backward():
            return
        if loss.numel() != 1:
            raise AuditError(
                f"the step returned a tensor of shape {tuple(loss.shape)}; expected a loss, one number"
            )
        loss.backward()

    def _has_run_backward(self) -> bool:
        own = [part.parameter for parts in self.parts.values() for part in parts]
        return any(p.grad is not None for p in own)

    def _result(self, part: Part, before: Tensor) -> Tensor | None:
        p = part.parameter
        if self.takes_step:
            return part.of(p.detach() - before)
        return None if p.grad is None else part.of(p.grad).clone()

    @contextlib.contextmanager
    def _borrowed(self, given: Mapping[str, Tensor]) -> Iterator[None]:
        """Give the agent these parameters, and take them back afterwards."""
        self._state.restore_random()
        if self._seed is not None:
            torch.manual_seed(self._seed)
        try:
            self.data.apply()
            for name, p in self._lent.items():
                p.data = given[name].detach()
                if p.is_leaf:
                    p.grad = None
            for name, (optimizer, p, key) in self._means.items():
                optimizer.state[p][key] = given[name].detach()
            for optimizer, p, key, value in self._counts:
                # A new tensor, which a trace takes for constants.
                optimizer.state[p][key] = torch.tensor(value, dtype=optimizer.state[p][key].dtype)
            yield
        finally:
            self._state.restore()

    def _running_means(self) -> dict[str, tuple[Optimizer, Tensor, str]]:
        """List what optimisers keep for each parameter, by name."""
        names = {id(x): name for name, x in self._lent.items()}
        found = {}
        for optimizer in self._state.optimizers.values():
            for p, state in optimizer.state.items():
                for key, value in state.items():
                    if isinstance(value, Tensor) and value.dim() and id(p) in names:
                        found[f"{names[id(p)]}.{key}"] = (optimizer, p, key)
        return found

    def _check(self) -> None:
        """Run the step once as it is: does it do what an audit can judge?"""
        given = {name: copied(x) for name, x in self.inputs.items()}
        with self._borrowed(given):
            try:
                self._run({name: given[name] for name in self._batch})
            except AuditError:
                raise
            except Exception as error:
                raise AuditError(described("step", error, self._batch)) from error
            self.random = self._state.drew_random_numbers()
            for name, x in self._batch.items():
                if not torch.equal(given[name].detach(), x.detach()):
                    raise AuditError(
                        f"the step changes its batch ({name}); let it work on a copy, so that the next step gets "
                        "the same data"
                    )
            changed = {
                name: not torch.equal(p.detach(), self.inputs[name])
                for name, p in self._lent.items()
            }
            names = {id(x): name for name, x in self._lent.items()}
            self.takes_step = any(
                changed[names[id(part.parameter)]]
                for parts in self.parts.values()
                for part in parts
            )
            without = [
                name
                for name, parts in self.parts.items()
                if not any(
                    part.parameter.grad is not None or changed[names[id(part.parameter)]]
                    for part in parts
                )
            ]
            has_gradients = self._has_run_backward()
            own = {id(part.parameter) for parts in self.parts.values() for part in parts}
            self.trained = tuple(
                name
                for name, p in self._lent.items()
                if isinstance(p, torch.nn.Parameter)
                and id(p) not in own
                and (p.grad is not None or changed[name])
            )
        if len(without) == len(self.parts):
            raise AuditError(
                "the step trains nothing: it changes no parameter of the mechanisms and gives none a gradient; "
                "return the loss, or call backward()"
            )
        if without and has_gradients:
            first = next(names[id(part.parameter)] for part in self.parts[without[0]])
            raise AuditError(
                f"mechanism {without[0]!r}: none of its parameters ({first}, …) is in the loss; use it in the "
                "step, or leave it out of mechanisms"
            )


def _modules(mechanisms: Mapping[str, Any]) -> list[torch.nn.Module]:
    """List the modules among mechanisms, also in nested lists."""
    found: list[torch.nn.Module] = []
    queue = list(mechanisms.values())
    for x in queue:
        if isinstance(x, (list, tuple)):
            queue.extend(x)
        elif isinstance(x, torch.nn.Module):
            found.append(x)
    return found


def _check_devices(tensors: Mapping[str, Tensor]) -> None:
    for name, x in tensors.items():
        if x.device.type != "cpu":
            raise AuditError(
                f"{name} is on {x.device}; expected the CPU, where an audit runs; move the agent there with .cpu()"
            )
