"""Sessions of the project; `nox -l` lists them, `nox -s NAME -- ARGUMENTS` passes arguments on.

Every session installs the exact versions of constraints.txt with pip into an environment of its
own, and keeps it as long as nothing it was made from has changed.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = True
nox.options.sessions = ["lint", "typecheck", "tests"]

PYTHON = ["3.11"]
CONSTRAINTS = "constraints.txt"


def install(session: nox.Session, *extras: str) -> None:
    """Install the project in place with `extras`, once for each state of its requirements.

    The checkout stays importable as it is; only what stands in pyproject.toml and the constraints
    makes a session install again.
    """
    project = f".[{','.join(extras)}]" if extras else "."
    made_from = [Path(name).read_bytes() for name in ("pyproject.toml", CONSTRAINTS)]
    digest = hashlib.sha256(b"\0".join([project.encode(), *made_from])).hexdigest()
    stamp = Path(session.virtualenv.location) / "installed"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != digest:
        session.install("--editable", project, "--constraint", CONSTRAINTS)
        stamp.write_text(digest, encoding="utf-8")


@nox.session(python=PYTHON)
def verify_claims(session: nox.Session) -> None:
    """Train everything from scratch, judge every claim, write the report to build/claims/."""
    install(session)
    session.run("python", "-m", "repro", "run", *session.posargs)


@nox.session(python=PYTHON)
def tests(session: nox.Session) -> None:
    """Run the tests, under three minutes; arguments go to pytest."""
    install(session, "test")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(python=PYTHON)
def lint(session: nox.Session) -> None:
    """Check style and formatting with ruff."""
    session.install("ruff", "--constraint", CONSTRAINTS)
    session.run("ruff", "check", *(session.posargs or ["."]))
    session.run("ruff", "format", "--check", *(session.posargs or ["."]))


@nox.session(python=PYTHON)
def typecheck(session: nox.Session) -> None:
    """Check types with mypy."""
    install(session, "test", "types")
    session.run("mypy", *session.posargs)


@nox.session(python=PYTHON)
def bench(session: nox.Session) -> None:
    """Measure learned transitions per second and where an epoch's time goes, on one thread."""
    install(session, "test")
    folder = "build/benchmarks"
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - one call, no path to build
    session.run(
        "python",
        "-m",
        "pytest",
        "tests/benchmarks/bench_engine.py",
        "--benchmark-columns=median,iqr,rounds",
        f"--benchmark-json={folder}/benchmarks.json",
        *session.posargs,
        env={"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
    )
