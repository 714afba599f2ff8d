"""Assertions on what gradients read, which fail with the path in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from repro.causal.auditing.reads import elements, in_slices, split
from repro.errors import AuditError, unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_MOST = 5
"""How many slices a message lists."""


class Reader(Protocol):
    """The parts of a verdict that these checks need; see `repro.causal.Verdict`."""

    @property
    def reads(self) -> Mapping[str, frozenset[str]]:
        """Elements that each gradient reads."""

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Shapes of the inputs."""

    @property
    def outside_shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Shapes of the tensors that are no inputs and that a gradient reads."""

    @property
    def steps(self) -> Mapping[str, tuple[str, int]]:
        """Mechanism and step of gradients of single steps."""

    @property
    def truths(self) -> Mapping[str, tuple[int, ...]]:
        """Where boolean vectors are true."""

    @property
    def context(self) -> tuple[str, ...]:
        """Inputs that are not conditioned on."""

    @property
    def integer_factors(self) -> tuple[str, ...]:
        """Integer inputs that are factors."""

    @property
    def integers_to_python(self) -> tuple[str, ...]:
        """Integer inputs that Python reads."""

    @property
    def unseen(self) -> frozenset[str]:
        """Gradients that may read more."""

    @property
    def limits(self) -> tuple[str, ...]:
        """What was not followed."""

    def path(self, mechanism: str, element: str) -> tuple[str, ...]:
        """Name what is between an element and a gradient."""


def check_reads(
    verdict: Reader,
    mechanism: str,
    expected: Collection[str],
    only: Iterable[str] | None,
    ends: str | None,
) -> None:
    """Raise unless a gradient reads all of `expected`, and nothing outside of `only`.

    Raises:
        AssertionError: it does not.
        AuditError: a name is unknown, or an input is context.
    """
    __tracebackhide__ = True
    found = _found(verdict, mechanism, ends)
    missing = _elements(verdict, expected) - found
    if missing:
        raise AssertionError(
            f"{_gradient(verdict, mechanism)} does not read {_listed(missing, verdict)}; it reads "
            f"{_listed(found, verdict)}"
        )
    if only is None:
        return
    beyond = found - _elements(verdict, [only] if isinstance(only, str) else only)
    if beyond:
        raise AssertionError(_message(verdict, mechanism, beyond, ends))
    _check_seen(verdict, mechanism)


def check_not_reads(
    verdict: Reader, mechanism: str, forbidden: Collection[str], ends: str | None
) -> None:
    """Raise if a gradient reads any of `forbidden`.

    Raises:
        AssertionError: it does.
        AuditError: a name is unknown, an input is context, or nothing is forbidden.
    """
    __tracebackhide__ = True
    if not forbidden:
        raise AuditError("assert_not_reads: given no input; expected slices such as 'rewards[2:]'")
    for name in dict.fromkeys((*verdict.integer_factors, *verdict.integers_to_python)):
        if any(_is_of(one, name) for one in forbidden):
            raise AuditError(
                f"assert_not_reads: given {name}, whose integers are factors or read by Python, which is not "
                "traced; pass it as floating-point numbers, unless it says where episodes end"
            )
    wrong = _found(verdict, mechanism, ends) & _elements(verdict, forbidden)
    if wrong:
        raise AssertionError(_message(verdict, mechanism, wrong, ends))
    _check_seen(verdict, mechanism)


def _found(verdict: Reader, mechanism: str, ends: str | None) -> frozenset[str]:
    if mechanism not in verdict.reads:
        raise AuditError(str(unknown("mechanism", mechanism, verdict.reads)))
    if ends is not None and ends not in verdict.truths:
        given = ", ".join(verdict.truths) or "none"
        known = (
            f"; pass {ends}.bool() to the audit" if len(verdict.shapes.get(ends, ())) == 1 else ""
        )
        raise AuditError(
            f"ends: given {ends!r}; expected a boolean input that is a vector (there is: {given}){known}"
        )
    return verdict.reads[mechanism]


def _elements(verdict: Reader, slices: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for one in slices:
        listed = elements(one, _shapes(verdict))
        for name in verdict.context:
            if _is_of(one, name):
                raise AuditError(
                    f"given {one!r}; {name} is fixed context: truth values, or integers that select, and whether "
                    "a gradient depends on them is not traced; leave it out (as floating-point numbers it would be "
                    "read, and so would all that is multiplied with it, also by zero)"
                )
        found |= listed
    return frozenset(found)


def _shapes(verdict: Reader) -> dict[str, tuple[int, ...]]:
    """Get the shapes of everything that a gradient can read, by name."""
    return {**verdict.shapes, **verdict.outside_shapes}


def _is_of(slices: str, name: str) -> bool:
    return slices == name or slices.startswith(f"{name}[")


def _check_seen(verdict: Reader, mechanism: str) -> None:
    """Raise if a gradient may read more than was seen."""
    __tracebackhide__ = True
    if mechanism in verdict.unseen:
        raise AssertionError(
            f"{_gradient(verdict, mechanism)} may read more than was seen: {verdict.limits[0]}"
        )


def _message(verdict: Reader, mechanism: str, wrong: frozenset[str], ends: str | None) -> str:
    """Say what a gradient reads that it must not, across which step, and how it gets there."""
    first = min(wrong, key=lambda element: _place(verdict, element))
    crossed = _crossed(verdict, mechanism, first, ends)
    if not crossed:
        # An element across the end of an episode says most.
        for element in sorted(wrong, key=lambda element: _place(verdict, element)):
            crossed = _crossed(verdict, mechanism, element, ends)
            if crossed:
                first = element
                break
    text = f"{_gradient(verdict, mechanism)} reads {first}{crossed}"
    path = verdict.path(mechanism, first)
    text += f"; path: {' → '.join((first, *path, 'gradient'))}"
    if len(wrong) > 1:
        text += f"; and {len(wrong) - 1} more: {_listed(wrong - {first}, verdict)}"
    return text


def _crossed(verdict: Reader, mechanism: str, element: str, ends: str | None) -> str:
    """Say which true element of a boolean vector is between a gradient's step and an element's."""
    parsed = split(element, verdict.shapes)
    if mechanism not in verdict.steps or parsed is None or not parsed[1]:
        return ""
    step, (other, *_) = verdict.steps[mechanism][1], parsed[1]
    between = range(step, other) if step < other else range(other, step)
    for name in [ends] if ends else verdict.truths:
        at = [k for k in verdict.truths[name] if k in between]
        if at:
            where = (
                f"the end of an episode at step {at[0]}"
                if ends
                else f"{name}[{at[0]}], which is true"
            )
            return f", across {where}"
    return ""


def _gradient(verdict: Reader, mechanism: str) -> str:
    if mechanism not in verdict.steps:
        return f"the gradient of {mechanism}"
    name, step = verdict.steps[mechanism]
    return f"the gradient of {name} at step {step}"


def _place(verdict: Reader, element: str) -> tuple[int, tuple[int, ...], str]:
    """Order elements as the inputs are; what is no input is last."""
    names = list(_shapes(verdict))
    parsed = split(element, _shapes(verdict))
    return (len(names), (), element) if parsed is None else (names.index(parsed[0]), parsed[1], "")


def _listed(found: Iterable[str], verdict: Reader) -> str:
    slices = in_slices(found, _shapes(verdict))
    more = f" and {len(slices) - _MOST} more" if len(slices) > _MOST else ""
    return ", ".join(slices[:_MOST]) + more if slices else "nothing"
