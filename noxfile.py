"""Sessions of the project: `nox -l` lists them, `nox -s NAME -- ARGUMENTS` passes arguments on.

Each session has its own environment, with the exact versions of constraints.txt, and keeps it for the
next time. It uses the Python that runs nox; `--force-python 3.13` names another one.
"""

from __future__ import annotations

import os
import pathlib
import sys

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = True
nox.options.sessions = ["lint", "typecheck", "tests"]

SUPPORTED = ("3.11", "3.12", "3.13", "3.14")
"""Pythons for which every version in constraints.txt can be installed."""
CONSTRAINTS = "constraints.txt"


def install(session: nox.Session, *extras: str, constraints: str = CONSTRAINTS) -> None:
    """Install the project in place with `extras`; `nox -R` skips this."""
    python = session.python or "{}.{}".format(*sys.version_info)
    if python not in SUPPORTED:
        session.error(
            f"given Python {python}; expected one of {', '.join(SUPPORTED)}: install nox with one of "
            "these, or name it with --force-python"
        )
    project = f".[{','.join(extras)}]" if extras else "."
    session.install("--editable", project, "--constraint", constraints)


@nox.session
def verify_claims(session: nox.Session) -> None:
    """Train from scratch, judge the claims, write the report to build/claims/; `--tier study` for all."""
    install(session)
    session.run("python", "-m", "repro", "run", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests on up to four cores; `-- -m slow` runs those that are left out, or name what to run."""
    install(session, "test")
    workers = min(4, os.cpu_count() or 1)
    chosen = session.posargs or ["-m", "not slow"]
    # Compiled tests are kept in build/ for all processes and the next session. Some containers set
    # PYTHONDONTWRITEBYTECODE; each process would compile all tests again.
    compiled = {
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(pathlib.Path("build/bytecode").resolve()),
    }
    session.run(
        "python",
        "-m",
        "pytest",
        f"--numprocesses={workers}",
        "--dist=worksteal",
        *chosen,
        env=compiled,
    )


@nox.session
def browser(session: nox.Session) -> None:
    """Use the report in headless Chromium; `--page FILE` takes a report that exists."""
    session.run("python", "tests/verification/browser/chromium.py")
    install(session, "browser", "test")
    given = [*session.posargs]
    if not any(argument.startswith("--page") for argument in given):
        audit = ("python", "-m", "repro", "run", "--tier", "audit", "--out", "build/browser/audit")
        session.run(*audit, success_codes=[0, 1])  # a page is written whatever the verdicts are
        given += ["--page", "build/browser/audit/index.html"]
    session.run(
        "python",
        "-m",
        "pytest",
        "--numprocesses=2",
        "-p",
        "tests.verification.browser.plugin",
        "tests/verification/browser/browser_harness.py",
        "tests/verification/browser/browser_looks.py",
        "tests/verification/browser/browser_table.py",
        "tests/verification/browser/browser_links.py",
        "tests/verification/browser/browser_pictures.py",
        *given,
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting with ruff."""
    session.install("ruff", "--constraint", CONSTRAINTS)
    session.run("ruff", "check", *(session.posargs or ["."]))
    session.run("ruff", "format", "--check", *(session.posargs or ["."]))


@nox.session
def typecheck(session: nox.Session) -> None:
    """Check types with mypy."""
    install(session, "oracle", "test", "types")
    session.run("mypy", *session.posargs)


@nox.session
def oracle(session: nox.Session) -> None:
    """Compare PPO with Stable-Baselines3's, update by update and as a learning curve."""
    install(session, "oracle", "test")
    session.run(
        "python",
        "-m",
        "pytest",
        "tests/verification/oracle/oracle_audit_page.py",
        "tests/verification/oracle/oracle_environments.py",
        "tests/verification/oracle/oracle_update.py",
        "tests/verification/oracle/oracle_curves.py",
        *session.posargs,
    )


@nox.session
def tour(session: nox.Session) -> None:
    """Run the notebook data/tour.ipynb: does it still show what it shows? `-- --write` ships it anew."""
    install(session, "notebook")
    session.run("python", "-m", "tests.verification.tour", *session.posargs)


@nox.session
def gallery(session: nox.Session) -> None:
    """Audit learning rules of other libraries as they are; `--only NAME` takes one, `--ship` ships the table."""
    install(session, "gallery", "test", constraints="constraints-gallery.txt")
    session.run("python", "-m", "pytest", "tests/verification/gallery/sb3_details.py")
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": "build/gallery/huggingface"}
    session.run("python", "-m", "tests.verification.gallery", *session.posargs, env=offline)


@nox.session
def crate(session: nox.Session) -> None:
    """Describe the report in build/claims/ as an RO-Crate, and check it; another folder may be given."""
    session.install("--requirement", "tests/verification/crate/requirements.txt")
    session.run("python", "-m", "tests.verification.crate", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build a wheel, install it alone, and let it judge shipped runs and audit a rule in another folder."""
    session.install("build", "--constraint", CONSTRAINTS)
    folder = pathlib.Path(session.create_tmp()).resolve()
    for old in [*folder.glob("*.whl"), *folder.glob("*.tar.gz")]:
        old.unlink()
    # The wheel is built from the source distribution, so both are tried.
    session.run("python", "-m", "build", "--outdir", str(folder))
    (built,) = folder.glob("*.whl")
    session.install("--force-reinstall", "--no-deps", str(built))
    session.install(str(built), "--constraint", CONSTRAINTS)
    check = pathlib.Path("tests/verification/wheel/check.py").resolve()
    with session.chdir(folder):
        session.run("python", str(check))


@nox.session
def peers(session: nox.Session) -> None:
    """Time this engine, JAX and Stable-Baselines3 on the same task, on one core."""
    try:
        install(session, "oracle", "peers", "test")
    except CommandFailed:
        session.error(
            "what is compared cannot be installed here, see above; `nox -s bench` times this project alone"
        )
    session.run("python", "-m", "tests.verification.peers", *session.posargs)


@nox.session
def falsify(session: nox.Session) -> None:
    """Judge every negative control, then plant faults; a claim or a test must catch each."""
    install(session, "test")
    session.run("python", "-m", "tests.verification.falsify", *session.posargs)


@nox.session
def stress(session: nox.Session) -> None:
    """Kill experiments, damage stored files, give bad input; `-- crash` or `-- fuzz` runs one part."""
    install(session, "test")
    harness, *given = session.posargs or [""]
    for name in [harness] if harness else ["crash", "fuzz"]:
        session.run("python", "-m", f"tests.verification.{name}", *given)


@nox.session
def mutants(session: nox.Session) -> None:
    """Change the code in hundreds of places and list the changes that no test catches; takes hours."""
    install(session, "mutants", "test")
    session.run("python", "-m", "pytest", "tests/verification/mutants/mutants_made.py")
    session.run("python", "-m", "tests.verification.mutants", *session.posargs)


@nox.session
def cleanroom(session: nox.Session) -> None:
    """Follow the documents in a clone with an empty home; nothing may be written elsewhere."""
    session.run("python", "-m", "tests.verification.cleanroom", *session.posargs)


@nox.session(python=SUPPORTED)
def pythons(session: nox.Session) -> None:
    """Train short runs, and compare their bytes with those of the Pythons that ran this before."""
    install(session)
    session.run("python", "-m", "tests.verification.pythons", *session.posargs)


@nox.session
def pip_audit(session: nox.Session) -> None:
    """Look up known vulnerabilities of the versions in constraints.txt; needs the network."""
    session.install("pip-audit", "--constraint", CONSTRAINTS)
    session.run("python", "-m", "tests.security.advisories", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the speed of training, d-separation and audits on one thread."""
    install(session, "test")
    folder = "build/benchmarks"
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - one call, no path to build
    session.run(
        "python",
        "-m",
        "pytest",
        "tests/verification/benchmarks/bench_engine.py",
        "tests/verification/benchmarks/bench_separation.py",
        "tests/verification/benchmarks/bench_audit.py",
        "--benchmark-columns=median,iqr,rounds",
        f"--benchmark-json={folder}/benchmarks.json",
        *session.posargs,
        env={"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
    )
