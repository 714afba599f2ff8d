"""What belongs to a mechanism of an agent: parameters, or rows of parameters, under their own names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch.nn import Module

from repro.causal.auditing.reachable_objects import reachable_objects
from repro.causal.auditing.shared_parameters import shared_parameters
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_EXPECTED = "a torch module, a parameter, rows(head, k), or a list of these"


@dataclass(frozen=True)
class Rows:
    """Rows of all parameters of a layer; made by `rows`."""

    owner: Module | Tensor
    index: int | slice


def rows(owner: Module | Tensor, index: int | slice) -> Rows:
    """Select a mechanism's rows of a layer, such as what computes output k of a linear head.

    Args:
        owner: a layer, all of whose parameters have one row for each output; or a parameter.
        index: of the row, or a slice of rows.
    """
    return Rows(owner, index)


@dataclass(frozen=True)
class Part:
    """A parameter of a mechanism, or rows of it (None: all)."""

    parameter: Tensor
    index: int | slice | None = None

    def of(self, tensor: Tensor) -> Tensor:
        """Get the mechanism's part of a tensor with the parameter's shape."""
        return tensor if self.index is None else tensor[self.index]


def parts_of(name: str, given: object) -> list[Part]:
    """List the parameters of a mechanism.

    Args:
        name: of the mechanism.
        given: a module, parameter, `Rows`, or nested lists of these.

    Raises:
        AuditError: it has no parameters, or one of them is frozen or has no such row.
    """
    parts = list(_parts(name, given))
    if not parts:
        raise AuditError(
            f"mechanism {name!r}: given {_kind(given)} without parameters; expected {_EXPECTED}"
        )
    for part in parts:
        if not part.parameter.requires_grad:
            raise AuditError(
                f"mechanism {name!r}: a parameter of shape {tuple(part.parameter.shape)} does not require "
                "gradients; call requires_grad_(), or pass it in others"
            )
        try:
            part.of(part.parameter)
        except IndexError:
            raise AuditError(
                f"mechanism {name!r}: given row {part.index} of a parameter of shape "
                f"{tuple(part.parameter.shape)}; expected a row that it has"
            ) from None
    return parts


def check_own_parameters(
    mechanisms: Mapping[str, Sequence[Part]], names: Mapping[int, str]
) -> None:
    """Check that no two mechanisms have a parameter, or a row of one, in common.

    Args:
        mechanisms: the parts of each.
        names: of the parameters, by id.

    Raises:
        AuditError: two have.
    """
    own = {
        name: [part.of(part.parameter.detach()) for part in parts]
        for name, parts in mechanisms.items()
    }
    for first, second in shared_parameters(own):
        shared = [
            names[id(part.parameter)]
            for part, x in zip(mechanisms[first], own[first], strict=True)
            if shared_parameters({first: x, second: own[second]})
        ]
        raise AuditError(
            f"mechanisms {first!r} and {second!r} share {', '.join(dict.fromkeys(shared))}; expected parameters of "
            "their own, because with a common one they are not modular whatever the step does; pass what they "
            "share in others"
        )


def _parts(name: str, given: object) -> Iterable[Part]:
    if isinstance(given, Rows):
        for part in _parts(name, given.owner):
            yield Part(part.parameter, given.index)
    elif isinstance(given, Module):
        for parameter in given.parameters():
            yield Part(parameter)
    elif isinstance(given, Tensor):
        yield Part(given)
    elif isinstance(given, (list, tuple)):
        for one in given:
            yield from _parts(name, one)
    else:
        raise AuditError(f"mechanism {name!r}: given {_kind(given)}; expected {_EXPECTED}")


def named_tensors(
    start: Sequence[tuple[str, object]], wanted: Iterable[Tensor]
) -> dict[str, Tensor]:
    """Name tensors by how objects reach them, such as "actor.2.weight"; each gets one name of its own.

    Args:
        start: names and objects, see `reachable_objects`.
        wanted: the tensors.
    """
    tensors = {id(x): x for x in wanted}
    found: dict[int, str] = {}
    taken: set[str] = set()
    for name, x in reachable_objects(start):
        if id(x) in tensors and id(x) not in found and name and name not in taken:
            found[id(x)] = name
            taken.add(name)
    for number, key in enumerate(tensors):
        found.setdefault(key, f"parameter {number}")
    return {found[key]: x for key, x in tensors.items()}


def tensors_of(others: object) -> list[Tensor]:
    """List the parameters and buffers of modules in nested lists and dicts, and the tensors in these.

    Raises:
        AuditError: something else is in them.
    """
    if isinstance(others, Module):
        return [*others.parameters(), *others.buffers()]
    if isinstance(others, Tensor):
        return [others]
    if isinstance(others, dict):
        others = list(others.values())
    if isinstance(others, (list, tuple)):
        return [x for one in others for x in tensors_of(one)]
    raise AuditError(
        f"others: given {_kind(others)}; expected torch modules, such as critics and targets"
    )


def starts(step: object, mechanisms: Mapping[str, Any], others: object) -> list[tuple[str, object]]:
    """List the objects that parameters are named by: those that have names first."""
    named = [(name, x) for name, x in mechanisms.items() if isinstance(x, Module)]
    if isinstance(others, dict):
        named += others.items()
    lists = [(name, x) for name, x in mechanisms.items() if isinstance(x, (list, tuple))]
    return [*named, ("", step), *lists, ("others", others)]


def _kind(given: object) -> str:
    return f"a {type(given).__name__}"
