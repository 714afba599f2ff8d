"""A finished report as a Workflow Run RO-Crate: a folder whose metadata says what was run and what came out.

RO-Crate is the common format of research objects (https://w3id.org/ro/crate); the profile for runs of workflows
is https://w3id.org/ro/wfrun/workflow. Archives and workflow registries read it.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from repro.errors import UserError
from repro.paths import PROJECT
from repro.storage.npz import write_whole
from repro.storage.provenance import file_at

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rocrate.model.entity import Entity
    from rocrate.rocrate import ROCrate

METADATA = "ro-crate-metadata.json"
WORKFLOW = "noxfile.py"
"""The file with the session `verify_claims`; the crate gets a copy of it."""
VERSION = "1.1"
"""Of RO-Crate: the one that the profiles below extend."""
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
LICENSE = "https://spdx.org/licenses/MIT"
FILES = {
    "claims.json": "Verdicts, with all that they were computed from",
    "index.html": "The report, with figures and every seed",
    "report.md": "The report's tables as Markdown",
    "runs.csv": "Epochs to convergence of every run",
    "badge.json": "The badge's text",
    "badge.svg": "The badge",
}
"""What the files of a report are. Other files are described by their names."""
PARAMETERS = {
    "tier": "how much of the protocol is run",
    "seeds": "of the runs that were judged",
}
PYTHON = "https://www.python.org/"
SOFTWARE = {
    "python": PYTHON,
    "numpy": "https://numpy.org/",
    "torch": "https://pytorch.org/",
    "numba": "https://numba.pydata.org/",
    "libc": "https://www.gnu.org/software/libc/",
}
"""What the numbers depend on; a report has the versions."""


def write_crate(folder: Path) -> Path:
    """Describe a report's folder as a Workflow Run RO-Crate; return the path of the metadata.

    The folder becomes the crate: the metadata and the workflow's file, as it was at the report's commit, are
    added, nothing else is changed. The run ended when `claims.json` was written, as the file system says. The
    same folder gives the same bytes.

    Args:
        folder: of a finished report.

    Raises:
        UserError: the folder has no report, the optional library is not installed, git does not have the
            report's commit, or a file cannot be written.
    """
    report = _report(folder)
    try:
        from rocrate.rocrate import ROCrate  # noqa: PLC0415 - an optional dependency
    except ModuleNotFoundError as error:
        raise UserError(
            "the library that describes crates is missing; expected rocrate: run `nox -s crate`, which has "
            "it, or `python -m pip install rocrate`"
        ) from error
    try:
        write_whole(folder / WORKFLOW, _workflow(report["commit"]))
        crate = ROCrate(gen_preview=False, version=VERSION)
        _describe(crate, folder, report)
        text = json.dumps(crate.metadata.generate(), indent=2, sort_keys=True, ensure_ascii=False)
        write_whole(folder / METADATA, f"{text}\n".encode())
    except OSError as error:
        raise UserError(
            f"{error.filename}: {error.strerror}; expected a folder that can be written: give another"
        ) from error
    return folder / METADATA


def _report(folder: Path) -> dict[str, Any]:
    """Read the report of a folder.

    Raises:
        UserError: there is none.
    """
    path = folder / "claims.json"
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        needed = {
            name: report[name] for name in ("tier", "about", "commit", "environment", "totals")
        }
        needed["tier_label"] = str(report.get("tier_label", f"{report['tier']} tier"))
        needed["seconds"] = float(report["seconds"])
        needed["environment"] = dict(needed["environment"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise UserError(
            f"{path} cannot be read ({why}); expected the folder of a finished report, such as "
            "build/claims: run `python -m repro run` first"
        ) from error
    return needed


def _workflow(commit: str | None) -> bytes:
    """Return the workflow's file at a commit; None: the checkout's own, as the report names no commit.

    Raises:
        UserError: git does not have the commit.
    """
    if commit is None:
        return (PROJECT / WORKFLOW).read_bytes()
    try:
        return file_at(str(commit), WORKFLOW)
    except (OSError, subprocess.CalledProcessError) as error:
        raise UserError(
            f"git has no {WORKFLOW} at the report's commit {commit}; expected the clone in which the report "
            "was made: run the command there, or fetch the commit"
        ) from error


def _describe(crate: ROCrate, folder: Path, report: Mapping[str, Any]) -> None:
    """Add the licence, the files, the workflow and the run to an empty crate."""
    tier, root = report["tier"], crate.root_dataset
    end = datetime.fromtimestamp(int((folder / "claims.json").stat().st_mtime), UTC)
    developers = _add(crate, "#developers", "Organization", name="The modularity-claims developers")
    root["name"] = (
        f"Executable claims on modularity in reinforcement learning, {report['tier_label']}"
    )
    root["description"] = f"The verdicts of one run: {report['about']}"
    root["datePublished"] = end.isoformat()
    root["author"] = root["publisher"] = developers
    root["license"] = _add(crate, LICENSE, "CreativeWork", name="MIT License", identifier=LICENSE)
    results = [
        crate.add_file(path, name, properties=_facts(path, FILES.get(name, path.stem)))
        for path in sorted(path for path in folder.rglob("*") if path.is_file())
        if (name := path.relative_to(folder).as_posix()) not in {METADATA, WORKFLOW}
    ]
    slots, values = _add_parameters(
        crate, {"tier": tier, "seeds": report["environment"].get("seeds", "")}
    )
    workflow = _add_workflow(crate, folder, report)
    workflow["input"] = slots
    facts = {
        "name": f"nox -s verify_claims, {report['tier_label']}",
        "description": "; ".join(f"{verdict}: {n}" for verdict, n in report["totals"].items()),
        "startTime": (end - timedelta(seconds=round(report["seconds"]))).isoformat(),
        "endTime": end.isoformat(),
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }
    run = crate.add_action(workflow, "#run", values, results, facts)
    run["agent"], root["mentions"] = developers, run
    # After `add_workflow`, which names one of them itself.
    root["conformsTo"] = [
        _add(crate, address, "CreativeWork", name=name, version=address.rpartition("/")[2])
        for address, name in PROFILES.items()
    ]


def _add(crate: ROCrate, address: str, kind: str, **properties: object) -> Entity:
    """Add an entity that is not a file."""
    from rocrate.model.contextentity import ContextEntity  # noqa: PLC0415 - as above

    return crate.add(ContextEntity(crate, address, properties={"@type": kind, **properties}))


def _add_parameters(
    crate: ROCrate, given: Mapping[str, object]
) -> tuple[list[Entity], list[Entity]]:
    """Add parameters of the workflow, and their values in this run; each refers to the other."""
    slots = [
        crate.add_formal_parameter(name, "Text", f"#parameter-{name}", PARAMETERS[name])
        for name in given
    ]
    values = [
        _add(crate, f"#{name}", "PropertyValue", name=name, value=str(x), exampleOfWork=slot)
        for slot, (name, x) in zip(slots, given.items(), strict=True)
    ]
    for slot, value in zip(slots, values, strict=True):
        slot["workExample"] = value
    return slots, values


def _add_workflow(crate: ROCrate, folder: Path, report: Mapping[str, Any]) -> Entity:
    """Add the workflow's file, its language, and the software that numbers depend on."""
    from rocrate.model.computerlanguage import ComputerLanguage  # noqa: PLC0415 - as above

    used = {name: x for name in SOFTWARE if (x := report["environment"].get(name))}
    workflow = crate.add_workflow(
        folder / WORKFLOW,
        WORKFLOW,
        main=True,
        lang=crate.add(ComputerLanguage(crate, PYTHON, {"name": "Python", "url": PYTHON})),
        properties=_facts(folder / WORKFLOW, "The session verify_claims, run by nox")
        | {"version": report["commit"] or "unknown"},
    )
    workflow["softwareRequirements"] = [
        _add(
            crate,
            f"{SOFTWARE[name]}#used",
            "SoftwareApplication",
            name=name,
            url=SOFTWARE[name],
            softwareVersion=str(version),
        )
        for name, version in used.items()
    ]
    return workflow


def _facts(path: Path, name: str) -> dict[str, str]:
    """Return name, size in bytes and checksum of a file."""
    content = path.read_bytes()
    return {
        "name": name,
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
        "encodingFormat": mimetypes.guess_type(path.name)[0] or "application/octet-stream",
    }
