"""A report as an RO-Crate, read again by the library and compared with the files.

`nox -s crate` checks a whole report's crate against the rules of the profile.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from rocrate.rocrate import ROCrate

from repro.cli.entry_point import main
from repro.errors import UserError
from repro.paths import PROJECT
from repro.storage.crate import METADATA, write_crate

if TYPE_CHECKING:
    from pathlib import Path

ENDED = 1_700_000_000  # 2023-11-14T22:13:20 UTC
REPORT = {
    "tier": "quick",
    "about": "quick tier: three seeds",
    "commit": None,
    "seconds": 80.4,
    "environment": {"python": "3.11.7", "torch": "2.13.0+cpu", "seeds": "10-12", "cores": 2},
    "totals": {"reproduced": 2, "not reproduced": 1},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like a finished report."""
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "mdp één.svg").write_bytes(b"<svg/>")
    (tmp_path / "index.html").write_bytes(b"<html>")
    path = tmp_path / "claims.json"
    path.write_text(json.dumps(REPORT), encoding="utf-8")
    os.utime(path, (ENDED, ENDED))
    return tmp_path


def entities(folder: Path) -> dict[str, dict[str, Any]]:
    graph = json.loads((folder / METADATA).read_text(encoding="utf-8"))["@graph"]
    return {entity["@id"]: entity for entity in graph}


def test_the_library_reads_the_run_with_its_workflow_its_inputs_and_its_files(folder: Path) -> None:
    write_crate(folder)
    crate = ROCrate(folder)
    assert crate.mainEntity.id == "noxfile.py"
    (run,) = crate.get_by_type("CreateAction")
    assert crate.root_dataset["mentions"] is run
    assert run["instrument"] is crate.mainEntity
    assert {(one["name"], one["value"]) for one in run["object"]} == {
        ("tier", "quick"),
        ("seeds", "10-12"),
    }
    assert {one.id for one in run["result"]} == {
        "claims.json",
        "figures/mdp%20%C3%A9%C3%A9n.svg",
        "index.html",
    }
    assert run["description"] == "reproduced: 2; not reproduced: 1"


def test_it_says_when_the_run_began_and_ended(folder: Path) -> None:
    write_crate(folder)
    run = entities(folder)["#run"]
    assert run["endTime"] == "2023-11-14T22:13:20+00:00"
    assert run["startTime"] == "2023-11-14T22:12:00+00:00"


def test_checksums_and_sizes_are_those_of_the_files(folder: Path) -> None:
    write_crate(folder)
    page = entities(folder)["index.html"]
    assert page["sha256"] == hashlib.sha256(b"<html>").hexdigest()
    assert page["contentSize"] == "6"
    assert page["encodingFormat"] == "text/html"


def test_versions_are_those_of_the_report_not_of_this_environment(folder: Path) -> None:
    write_crate(folder)
    software = entities(folder)["https://pytorch.org/#used"]
    assert (software["name"], software["softwareVersion"]) == ("torch", "2.13.0+cpu")
    assert "https://numpy.org/#used" not in entities(folder)
    assert entities(folder)["noxfile.py"]["version"] == "unknown"


def test_the_workflow_is_that_of_the_checkout_if_the_report_names_no_commit(folder: Path) -> None:
    write_crate(folder)
    assert (folder / "noxfile.py").read_bytes() == (PROJECT / "noxfile.py").read_bytes()


def test_the_workflow_is_that_of_the_reports_commit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def then(commit: str, name: str) -> bytes:
        asked.append((commit, name))
        return b"# then\n"

    monkeypatch.setattr("repro.storage.crate.file_at", then)
    (folder / "claims.json").write_text(json.dumps(REPORT | {"commit": "ab" * 20}))
    write_crate(folder)
    assert asked == [("ab" * 20, "noxfile.py")]
    assert (folder / "noxfile.py").read_bytes() == b"# then\n"
    assert entities(folder)["noxfile.py"]["version"] == "ab" * 20


@pytest.mark.parametrize("commit", ["ab" * 20, "--output=x", 5])
def test_a_commit_that_git_does_not_have_is_named(folder: Path, commit: object) -> None:
    (folder / "claims.json").write_text(json.dumps(REPORT | {"commit": commit}))
    with pytest.raises(UserError, match=f"no noxfile.py at the report's commit {commit};"):
        write_crate(folder)
    assert not (folder / METADATA).exists()


def test_writing_again_gives_the_same_bytes(folder: Path) -> None:
    first = write_crate(folder).read_bytes()
    assert write_crate(folder).read_bytes() == first


@pytest.mark.parametrize(
    "content", [None, "", "[]", "{}", json.dumps(REPORT | {"seconds": "long"}), "\ud800"]
)
def test_a_folder_without_a_report_is_refused_in_one_line(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "claims.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(
        UserError, match=r"cannot be read .*; expected the folder of a finished report"
    ):
        write_crate(tmp_path)
    assert not (tmp_path / METADATA).exists()


def test_without_the_library_the_error_says_how_to_install_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rocrate.rocrate", None)
    with pytest.raises(UserError, match=r"expected rocrate: run `nox -s crate`"):
        write_crate(folder)
    assert not (folder / "noxfile.py").exists()


def test_the_command_says_where_the_metadata_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["crate", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"metadata": str(folder / METADATA)}
