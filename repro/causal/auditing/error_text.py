"""An error in the user's code, described in one line: what it is, where it was raised, and what to do."""

from __future__ import annotations

import importlib.util
import sys

from repro.causal.tracing.source_lines import line_of

_NEEDS_GRADIENTS = (
    "no input of this gradient requires gradients: make it with requires_grad=True, and neither detach() it nor "
    "compute under torch.no_grad()"
)


def described(what: str, error: Exception) -> str:
    """Describe an error; for one that Python or torch explains badly, say what to do.

    Args:
        what: raised it, such as "rule".
        error: the error.
    """
    line = line_of(error)
    at = f" ({line})" if line else ""
    if library := missing_library(error):
        return f"the {what} needs {library}, which is not installed{at}; run: python -m pip install {library}"
    message = " ".join(str(error).split()) or "no message"
    if "does not require grad" in message or "does not require a grad" in message:
        message += f"; {_NEEDS_GRADIENTS}"
    return f"the {what} raised {type(error).__name__}: {message}{at}"


def missing_library(error: BaseException) -> str | None:
    """Return the library that an import did not find; None for another error, or if it is a part that is missing."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    library = error.name.partition(".")[0]
    known = library in sys.modules or importlib.util.find_spec(library) is not None
    return None if known else library
