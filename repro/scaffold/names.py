"""Names that a new file can have."""

from __future__ import annotations

import keyword
import re

from repro.errors import UserError

WORD = re.compile(r"[a-z][a-z0-9_]*")
LONGEST = 28


def check_word(kind: str, word: str, given: str) -> None:
    """Refuse what cannot be a module's name.

    Args:
        kind: what is named, for the message.
        word: the name, or the part of it that is looked at.
        given: all that was given.

    Raises:
        UserError: it is no lower-case identifier, a Python keyword, or too long.
    """
    about = f"given the {kind} {given!r}"
    if not WORD.fullmatch(word) or len(word) > LONGEST:
        raise UserError(
            f"{about}; expected lower-case letters, digits and _, a letter first, at most {LONGEST} "
            f"characters{' on each side of one dot' if kind == 'claim' else ''}"
        )
    if keyword.iskeyword(word):
        raise UserError(f"{about}; {word!r} is a word of Python's own: choose another name")


def camel(word: str) -> str:
    """Write "my_rule" as "MyRule"."""
    return "".join(part.capitalize() for part in word.split("_"))
