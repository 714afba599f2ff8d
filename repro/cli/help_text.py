"""Exit codes, and how a command's help tells of them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from repro.plugin.exit_codes import EXIT_CODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DONE = {0: "done", 2: EXIT_CODES[2], 130: EXIT_CODES[130]}
"""Those of the commands that judge nothing."""
COLUMNS = 80


def epilog(examples: Mapping[str, str], codes: Mapping[int, str]) -> str:
    """Write what stands below a command's options, for `argparse.RawDescriptionHelpFormatter`.

    Args:
        examples: what they do, by the words after `python -m repro`.
        codes: exit codes.
    """
    lines = ["examples:"]
    for words, does in examples.items():
        lines += [f"  python -m repro {words}", *_wrapped(does, "      ")]
    return "\n".join([*lines, "", *told(codes)])


def told(codes: Mapping[int, str]) -> list[str]:
    """List exit codes, a line or more each."""
    lines = ["exit codes:"]
    for code, means in codes.items():
        lines += _wrapped(f"{code:>5}  {means}", " " * 7)
    return lines


def described(*paragraphs: str) -> str:
    """Wrap what stands above a command's options."""
    return "\n\n".join(textwrap.fill(text, COLUMNS - 2) for text in paragraphs)


def _wrapped(text: str, indent: str) -> Iterable[str]:
    first = "" if text.startswith(" ") else indent
    return textwrap.wrap(text, COLUMNS - 2, initial_indent=first, subsequent_indent=indent)
