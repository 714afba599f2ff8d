"""One claim, judged in this process on the shipped runs, for a notebook."""

from __future__ import annotations

import inspect
import sys
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from repro.causal.auditing.html_table import html_table
from repro.errors import ClaimError, UserError, import_file, unknown
from repro.library.shipped_runs import load_shipped
from repro.paths import CLAIMS, PROJECT
from repro.plugin.declaration import Declaration, declare
from repro.plugin.recorder import Recorder
from repro.report.numbers import count, interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from repro.figures import Picture
    from repro.library.shipped_runs import Runs
    from repro.verdicts import ClaimResult, Measured, Verdict


@dataclass(frozen=True, repr=False)
class Judged:
    """A claim that has been judged.

    Attributes:
        result: the verdict, the measured figure, negative controls, tables and so on, as in the report.
        pictures: its figures; each is shown if it is the last line of a cell.
    """

    result: ClaimResult
    pictures: tuple[Picture, ...]

    @property
    def verdict(self) -> Verdict:
        """Its verdict on these runs."""
        return self.result.verdict

    def __repr__(self) -> str:
        """Give the verdict in one line."""
        return f"<{self.result.id}: {self._outcome}; recorded: {self.result.recorded}>"

    def _repr_html_(self) -> str:
        """Show the verdict and the negative controls as a small table."""
        result = self.result
        rows = [
            ("claim", f"{result.title} ({', '.join(result.source)})"),
            ("expected", result.expected),
            ("verdict", self._outcome),
            ("recorded verdict", str(result.recorded)),
        ]
        rows += [
            (
                f"control: {one.what}",
                f"{one.verdict}{_figure(one.measured)} (must be {' or '.join(one.expected)})",
            )
            for one in result.controls
        ]
        return html_table(rows)

    @property
    def _outcome(self) -> str:
        """The verdict, the figure that it rests on, and how the controls came out."""
        held = [one.holds for one in self.result.controls]
        checked = self.result.checked
        cases = f", {count(checked, 'case')}" if checked else ""
        measured = _figure(self.result.measured) or cases
        return f"{self.verdict}{measured}; {sum(held)} of {len(held)} controls hold"


def _figure(measured: Measured | None) -> str:
    """Write a figure with its interval, after a comma; "" if there is none."""
    if measured is None or measured.value is None:
        return ""
    return f", {interval(measured.value, measured.low, measured.high, measured.unit)}"


class _Claim(NamedTuple):
    """A claim's function and what its marker declares."""

    function: Callable[..., None]
    declaration: Declaration


def judge(claim: str, runs: Runs | None = None) -> Judged:
    """Judge a claim with its negative controls, as `python -m repro report --tier audit` does.

    >>> print(judge("transfer.headline_direction").verdict)
    reproduced

    Args:
        claim: its id, such as "transfer.headline"; `python -m repro list claims` lists all.
        runs: to judge it on, for example `load_shipped(seeds=range(10, 20))`; None: all shipped runs. A claim
            on the theory needs none.

    Raises:
        UserError: there is no such claim, or these runs lack some that it needs.
        ClaimError: the claim is incomplete, or contradicts what it declares.
    """
    claims = _claims()
    if claim not in claims:
        raise unknown("claim", claim, claims)
    function, declaration = claims[claim]
    recorder = Recorder(declaration)
    given: dict[str, Any] = {"record": recorder}
    wanted = inspect.signature(function).parameters
    if "runs" in wanted or "seeds" in wanted:
        runs = load_shipped() if runs is None else runs
        given |= {"runs": runs.__getitem__, "seeds": runs.seeds}
    if others := [name for name in wanted if name not in given]:
        raise ClaimError(
            f"{claim} asks for {', '.join(others)}, which only pytest can give it; "
            f"judge it with `python -m repro report --tier audit --claim {claim}`"
        )
    began = time.monotonic()
    function(**{name: given[name] for name in wanted})
    return Judged(recorder.result(time.monotonic() - began), tuple(recorder.pictures))


@cache
def _claims() -> dict[str, _Claim]:
    """Import all claims of this checkout; return them by id.

    Raises:
        UserError: there is no folder of claims, or one of its files raises an error.
    """
    if not CLAIMS.is_dir():
        raise UserError(
            f"there is no folder {CLAIMS}; claims are judged from a clone: install the package from it, "
            "with `python -m pip install -e .`"
        )
    sys.path.insert(0, str(PROJECT))
    try:
        modules = [
            import_file(f"{CLAIMS.name}.{path.parent.name}.{path.stem}", ClaimError)
            for path in sorted(CLAIMS.glob("*/[!_]*.py"))
        ]
    finally:
        sys.path.remove(str(PROJECT))
    found = (claim for module in modules for claim in _declared(module))
    return {claim.declaration.id: claim for claim in found}


def _declared(module: ModuleType) -> Iterator[_Claim]:
    """Find the functions of a module that have a claim marker."""
    for name, value in vars(module).items():
        for mark in getattr(value, "pytestmark", ()) if name.startswith("test_") else ():
            if mark.name == "claim":
                yield _Claim(value, declare(f"{module.__name__}.{name}", mark.kwargs))
