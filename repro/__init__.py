"""Executable claims of the talk "Modularity in Reinforcement Learning" (ICML 2021).

From Python, these names are all that a first look needs. Each is imported when it is first used, so that
`import repro` takes no time:

- `load_shipped`: the shipped runs, listed and read one block at a time
- `load_runs`: the runs that one has trained oneself, likewise
- `ratio`: the ratio of two arms' mean times, with its interval
- `judge`: a claim, judged on these runs, or on some of their seeds
- `audit`, `audit_module`: is a learning rule, or an agent's training step, modular?

    >>> import repro
    >>> runs = repro.load_shipped()
    >>> ppo, cvs = (runs[algorithm, "linear_chain.first"] for algorithm in ("ppo", "cvs"))
    >>> repro.ratio(ppo, cvs).low > 1
    True

PYTEST_DONT_REWRITE: the command line starts pytest after this package has been imported, and pytest, which
rewrites the packages of plugins, would warn that it comes too late.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = ["audit", "audit_module", "judge", "load_runs", "load_shipped", "ratio"]

if TYPE_CHECKING:
    from repro.causal import audit, audit_module
    from repro.library import judge, load_runs, load_shipped, ratio
else:

    def __getattr__(name: str) -> object:
        """Import a name of `__all__` when it is first used."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        package = "causal" if name.startswith("audit") else "library"
        return getattr(import_module(f"{__name__}.{package}"), name)


def __dir__() -> list[str]:
    """List the names that users are offered, for completion."""
    return __all__
