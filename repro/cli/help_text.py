"""The help of a command: what it does, its options, examples and exit codes."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = 78


def parser_options(
    description: str, examples: Mapping[str, str], codes: Mapping[int, str]
) -> dict[str, Any]:
    """Return the keyword arguments with which `argparse` makes a command's parser.

    Args:
        description: paragraphs, separated by blank lines.
        examples: from the words after `python -m repro` to what they do.
        codes: from exit codes to their meaning.
    """
    below = ["examples:"]
    for words, does in examples.items():
        below += [f"  python -m repro {words}", textwrap.fill(does, COLUMNS, **_indent(6))]
    below += ["", "exit codes:"]
    for code, meaning in codes.items():
        indent = {**_indent(7), "initial_indent": f"{code:>5}  "}
        below.append(textwrap.fill(meaning, COLUMNS, **indent))
    return {
        "description": "\n\n".join(textwrap.fill(p, COLUMNS) for p in description.split("\n\n")),
        "epilog": "\n".join(below),
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "allow_abbrev": False,
    }


def _indent(columns: int) -> dict[str, Any]:
    return dict.fromkeys(("initial_indent", "subsequent_indent"), " " * columns)
