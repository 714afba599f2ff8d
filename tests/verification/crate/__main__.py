"""Describe a finished report as an RO-Crate, and check it against the profile of workflow runs.

The validator is the community's, and its rules are those of the profiles. It looks up what the names in a crate
mean in a document on the web; here it gets the copy that the library rocrate has, so that no network is needed.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import rocrate
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.services import validate
from rocrate_validator.utils.http import HttpRequester

from repro.paths import REPORT
from repro.storage.crate import write_crate
from tests.verification.program import Report, arguments

if TYPE_CHECKING:
    from collections.abc import Sequence

PROFILE = "workflow-run-crate"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
OTHER_NAMES = {
    "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
    "FormalParameter": "https://bioschemas.org/FormalParameter",
    "input": "https://bioschemas.org/ComputationalWorkflow#input",
    "output": "https://bioschemas.org/ComputationalWorkflow#output",
}
"""The names that RO-Crate 1.1 explains otherwise than 1.3, whose document rocrate has."""
DAMAGES = {
    "no instrument": ("#run", "instrument"),
    "no main workflow": ("./", "mainEntity"),
    "no profile": ("./", "conformsTo"),
    "no licence": ("./", "license"),
    "a parameter without a type": ("#parameter-tier", "additionalType"),
}
"""Properties without which the validator must refuse a crate, by entity."""


def main(words: Sequence[str] | None = None) -> int:
    """Describe and validate; return the exit code."""
    parser = arguments("crate", __doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=REPORT, help="of the report")
    options = parser.parse_args(words)
    HttpRequester.get = _offline
    with tempfile.TemporaryDirectory(prefix="crate-") as temporary:
        crate = Path(shutil.copytree(options.folder, Path(temporary) / "crate"))
        metadata = write_crate(crate)
        required, recommended = faults(crate)
        problems = [f"required: {fault}" for fault in required]
        whole = json.loads(metadata.read_text(encoding="utf-8"))
        lines = [f"{len(required)} required rules are broken, {len(recommended)} recommended ones"]
        lines += [f"  recommended: {fault}" for fault in recommended]
        for name, (entity, key) in DAMAGES.items():
            metadata.write_text(json.dumps(without(whole, entity, key)), encoding="utf-8")
            refused = bool(faults(crate)[0])
            lines.append(f"{'✓ refused' if refused else '✗ accepted'}: {name}")
            problems += [] if refused else [f"a crate with {name} was accepted"]
    text = "".join(f"{line}\n" for line in lines)
    return Report(
        "crate", text, {"required": required, "recommended": recommended}, problems
    ).conclude(options.out)


def faults(crate: Path) -> tuple[list[str], list[str]]:
    """Return the required and the recommended rules that a crate breaks."""
    settings = ValidationSettings(
        rocrate_uri=crate, profile_identifier=PROFILE, requirement_severity=Severity.RECOMMENDED
    )
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for issue in validate(settings).get_issues(Severity.RECOMMENDED):
        found[issue.severity == Severity.REQUIRED].add(f"{issue.check.identifier}: {issue.message}")
    return sorted(found[True]), sorted(found[False])


def without(whole: dict[str, Any], entity: str, key: str) -> dict[str, Any]:
    """Return a crate's metadata without one property of one entity."""
    graph = [
        {name: value for name, value in one.items() if one["@id"] != entity or name != key}
        for one in whole["@graph"]
    ]
    return whole | {"@graph": graph}


def _offline(_self: HttpRequester, url: str, **_arguments: object) -> SimpleNamespace:
    """Answer a request for the document that explains the names; there is no other."""
    if url != CONTEXT:
        return SimpleNamespace(status_code=404, headers={}, text="", json=dict)
    path = Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["@context"] |= OTHER_NAMES
    return SimpleNamespace(
        status_code=200,
        headers={"Content-Type": "application/ld+json"},
        text=json.dumps(document),
        json=lambda: document,
        url=url,
        ok=True,
    )


if __name__ == "__main__":
    sys.exit(main())
