"""An error in the user's code, described in one line: what it is, where it was raised, and what to do."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from typing import TYPE_CHECKING, Any

from torch import Tensor

from repro.causal.tracing.source_lines import line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_IN_PLACE = "write to a copy, such as x.clone(), or under torch.no_grad() if the gradient shall not follow what is written"
_NEEDS_GRADIENTS = (
    "no input of this gradient requires gradients: make it with requires_grad=True, and neither detach() it nor "
    "compute under torch.no_grad()"
)


def described(what: str, error: Exception, given: Mapping[str, Any] | None = None) -> str:
    """Describe an error; for one that Python or torch explains badly, say what to do.

    Args:
        what: raised it, such as "rule".
        error: the error.
        given: what it was called with, by name.
    """
    line = line_of(error)
    at = f" ({line})" if line else ""
    if library := missing_library(error):
        return f"the {what} imports {library}{at}, and {not_found(library)}"
    message = " ".join(str(error).split()) or "no message"
    if "does not require grad" in message or "does not require a grad" in message:
        message += f"; {_NEEDS_GRADIENTS}"
    if "in-place operation" in message or "inplace operation" in message:
        message += f"; {_IN_PLACE}"
    text = f"the {what} raised {type(error).__name__}: {message}{at}"
    if (
        given
        and isinstance(error, (RuntimeError, ValueError, IndexError))
        and _is_of_shapes(message)
    ):
        text += f"; it was given {_shapes(given)}"
    return text


def misfit(
    what: str, function: Callable[..., Any], given: Mapping[str, Any], source: str
) -> str | None:
    """Describe a function that cannot be called with what it is given by name; None if it can.

    Args:
        what: the function is, such as "rule".
        function: it.
        given: its arguments.
        source: where they come from, such as "inputs".
    """
    try:
        wanted = inspect.signature(function).parameters
    except (TypeError, ValueError):  # it tells nobody what it takes
        return None
    kinds = inspect.Parameter
    named = {
        name: x for name, x in wanted.items() if x.kind in {x.POSITIONAL_OR_KEYWORD, x.KEYWORD_ONLY}
    }
    missing = [name for name, x in named.items() if x.default is kinds.empty and name not in given]
    takes_all = any(x.kind is kinds.VAR_KEYWORD for x in wanted.values())
    beyond = [] if takes_all else [name for name in given if name not in named]
    if missing:
        return f"the {what} takes {', '.join(missing)}, not in {source} (there: {', '.join(given) or 'nothing'}); add it"
    if beyond:
        return (
            f"the {what} does not take {', '.join(beyond)}, which {source} has; it takes: "
            f"{', '.join(named) or 'nothing'}"
        )
    return None


def not_found(library: str) -> str:
    """Say what to do about an import of a library that is not found."""
    return (
        f"no module has that name; correct the name, put the file into the folder of the audited one, or, if "
        f"{library} is a package that you know, install it"
    )


def _is_of_shapes(message: str) -> bool:
    return any(word in message for word in ("shape", "size", "dimension", "broadcast", "bounds"))


def _shapes(given: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {list(x.shape)}" for name, x in given.items() if isinstance(x, Tensor)
    )


def missing_library(error: BaseException) -> str | None:
    """Return the library that an import did not find; None for another error, or if it is a part that is missing."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    library = error.name.partition(".")[0]
    known = library in sys.modules or importlib.util.find_spec(library) is not None
    return None if known else library
