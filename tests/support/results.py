"""Copies of a claim's result with other values."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from repro.verdicts import ClaimDeclaration

if TYPE_CHECKING:
    from repro.verdicts import ClaimResult

# A result has its own controls, with their verdicts.
DECLARED = {field.name for field in fields(ClaimDeclaration)} - {"controls"}


def changed(claim: ClaimResult, **changes: Any) -> ClaimResult:  # noqa: ANN401 - any field
    """Copy a result with other values of its fields, or of its declaration's."""
    declared = {name: changes.pop(name) for name in DECLARED & changes.keys()}
    return replace(claim, declaration=replace(claim.declaration, **declared), **changes)
