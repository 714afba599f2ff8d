"""Commands that change files of the project need a checkout of it."""

from __future__ import annotations

from repro import paths
from repro.errors import UserError


def require_checkout(what: str) -> None:
    """Stop a command that changes files of the project.

    Args:
        what: it does, as in "new files are written".

    Raises:
        UserError: the package was installed from a wheel.
    """
    if not paths.CHECKOUT:
        raise UserError(
            f"{paths.PROJECT} is not a checkout, and {what} in a clone only: run this in a clone, after "
            "`python -m pip install -e .`"
        )
