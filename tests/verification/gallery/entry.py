"""What a file of the gallery declares: a library, its methods, and the answer of each that was reasoned by hand."""

from __future__ import annotations

import importlib
import inspect
import io
import time
import tokenize
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import torch

from repro.causal import Answer
from repro.report.library_gallery import AuditedMethod

if TYPE_CHECKING:
    from collections.abc import Callable

    from repro.causal import Verdict


@dataclass(frozen=True)
class Entry:
    """One method of a library.

    Attributes:
        method: as the library calls it, with the setting that matters.
        mechanisms: what the mechanisms are.
        start: makes what a user of the library has anyway, such as an agent with some experience.
        audit: what the user writes to have that audited; the function's lines are counted.
        answer: by hand.
        why: the reason for it, in one phrase.
        reads: part of the name of an input that each gradient must read, such as "rewards"; otherwise a
            mechanism that learns nothing in a batch would be independent of all others.
        shared: names of witnesses that must be found.
        absent: names of witnesses that must not be found.
    """

    method: str
    mechanisms: str
    start: Callable[[], Any]
    audit: Callable[[Any], Verdict]
    answer: Answer
    why: str
    reads: str
    shared: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def lines(self) -> int:
        """Lines of code that the user writes, without empty lines, comments and docstrings."""
        return code_lines(inspect.getsource(self.audit))


@dataclass(frozen=True)
class Library:
    """The entries of one library.

    Attributes:
        name: as its authors write it.
        distribution: as it is installed.
        entries: its methods.
    """

    name: str
    distribution: str
    entries: tuple[Entry, ...]

    @property
    def version(self) -> str:
        """The installed version."""
        return version(self.distribution)


@dataclass(frozen=True)
class Audited:
    """An entry with its verdict."""

    entry: Entry
    verdict: Verdict
    seconds: float

    @property
    def witnesses(self) -> tuple[str, ...]:
        """The name of each kind of witness once, in the order of the verdict."""
        return tuple(dict.fromkeys(witness.name for witness in self.verdict.witnesses))

    def problems(self) -> list[str]:
        """List everything in which the verdict differs from the answer by hand."""
        entry, verdict, named = self.entry, self.verdict, set(self.witnesses)
        found = []
        if verdict.answer is not entry.answer:
            found.append(f"the answer is {verdict.answer}, and by hand {entry.answer}")
        if missing := set(entry.shared) - named:
            found.append(f"not among what is shared: {', '.join(sorted(missing))}")
        if present := set(entry.absent) & named:
            found.append(f"shared against the reasoning: {', '.join(sorted(present))}")
        found += [
            f"the gradient of {name} does not read {entry.reads}"
            for name, elements in verdict.reads.items()
            if not any(entry.reads in element for element in elements)
        ]
        if entry.answer is not Answer.UNDETERMINED:
            found += [f"the trace has a limit: {limit}" for limit in verdict.limits]
        return [f"{entry.method}: {problem}" for problem in found]


def audit_entry(entry: Entry) -> Audited:
    """Audit one method; the time is that of the audit, without making the agent."""
    start = entry.start()
    began = time.perf_counter()
    verdict = entry.audit(start)
    return Audited(entry, verdict, time.perf_counter() - began)


def audit_library(module: str) -> tuple[list[str], list[AuditedMethod]]:
    """Audit all methods of a library; return what is not as reasoned by hand, and the rows."""
    torch.set_num_threads(1)
    library: Library = importlib.import_module(module).LIBRARY
    problems, rows = [], []
    for entry in library.entries:
        audited = audit_entry(entry)
        problems += [f"{library.name} {problem}" for problem in audited.problems()]
        rows.append(row(library, audited))
    return problems, rows


def row(library: Library, audited: Audited) -> AuditedMethod:
    """Return the row of a method."""
    entry = audited.entry
    return AuditedMethod(
        library=library.name,
        version=library.version,
        method=entry.method,
        mechanisms=entry.mechanisms,
        answer=str(audited.verdict.answer),
        by_hand=str(entry.answer),
        because=entry.why,
        shared=audited.witnesses,
        seconds=round(audited.seconds, 1),
        lines=entry.lines,
    )


def code_lines(source: str) -> int:
    """Count the lines of a source that have code on them."""
    nothing = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    tokens = list(tokenize.generate_tokens(io.StringIO(inspect.cleandoc(source)).readline))
    lines: set[int] = set()
    for before, token in zip([None, *tokens], tokens, strict=False):
        alone = before is None or before.type in nothing
        if token.type in {*nothing, tokenize.ENDMARKER} or (
            token.type == tokenize.STRING and alone
        ):
            continue
        lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines)
