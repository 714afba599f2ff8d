"""The table that is shipped is of the entries and versions that are declared; no library is needed to see that."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from repro.paths import GALLERY, PROJECT
from repro.report.library_gallery import read_gallery
from tests.verification.gallery import __main__ as program

if TYPE_CHECKING:
    from pathlib import Path

OLDER = {"filelock", "pandas", "virtualenv"}
"""Packages that tianshou needs older versions of."""


def pins(name: str) -> dict[str, str]:
    lines = (PROJECT / name).read_text("utf-8").splitlines()
    named = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {package.lower().replace("_", "-"): version for package, version in named}


def test_it_was_measured_by_the_entries_as_they_are() -> None:
    """Their digest covers what each declares: agents, functions, answers by hand and reasons."""
    declared = {name: program.digest(name) for name in program.modules()}
    assert len(declared) > 5
    assert read_gallery(GALLERY).code == declared, "run `nox -s gallery -- --ship`"


def test_every_answer_is_the_one_by_hand() -> None:
    methods = read_gallery(GALLERY).methods
    assert {method.answer for method in methods} >= {"modular", "not modular"}
    assert [method for method in methods if method.answer != method.by_hand] == []
    assert len({(one.library, one.method, one.mechanisms) for one in methods}) == len(methods)


def test_the_guide_says_what_the_table_says() -> None:
    methods = read_gallery(GALLERY).methods
    text = " ".join((PROJECT / "repro" / "causal" / "README.md").read_text("utf-8").split())
    named = text.partition("what the audit says of methods of ")[2].partition(":")[0]
    assert set(named.replace(" and ", ", ").split(", ")) == {method.library for method in methods}
    networks = [one for one in methods if one.method.partition(",")[0] == "DQN"]
    for clipped, answer in ((False, "modular"), (True, "not modular")):
        found = {one.library for one in networks if ("norm" in one.shared) is clipped}
        assert {one.answer for one in networks if one.library in found} == {answer}
        assert (
            f"{answer} where {'one is' if clipped else 'no norm is clipped'} ({', '.join(sorted(found))})"
            in text
        )
    softmax = [one for one in methods if "log-sum-exp" in one.shared]
    assert {one.answer for one in softmax} == {"not modular"}
    assert {one.mechanisms for one in softmax} >= {"actions", "tokens"}


def test_it_was_measured_with_the_pinned_versions() -> None:
    gallery, pinned = read_gallery(GALLERY), pins("constraints-gallery.txt")
    for method in gallery.methods:
        assert pinned[method.library.lower()] == method.version
    assert gallery.environment["torch"].partition("+")[0] == pinned["torch"]
    assert not {name.lower() for name in gallery.left_out} & pinned.keys()


def test_the_environment_is_that_of_the_project_where_it_can_be() -> None:
    ours, theirs = pins("constraints.txt"), pins("constraints-gallery.txt")
    both = ours.keys() & theirs.keys()
    assert {name for name in both if ours[name] != theirs[name]} == OLDER
    extra = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    named = {line.partition(">")[0] for line in extra["optional-dependencies"]["gallery"]}
    assert named <= theirs.keys()


def test_a_table_that_differs_is_named(tmp_path: Path) -> None:
    gallery = read_gallery(GALLERY)
    assert program.compared(gallery) == []
    first, *rest = gallery.methods
    changed = replace(gallery, methods=(replace(first, answer="undetermined"), *rest))
    name = f"{first.library} {first.method} {first.mechanisms}"
    assert program.compared(changed) == [f"{name}: not as in gallery.json; ship it with -- --ship"]
    slower = replace(gallery, methods=(replace(first, seconds=99.0), *rest))
    assert program.compared(slower) == []
    (other,) = program.compared(replace(gallery, code={}))
    assert other.startswith("the code of the entries")
    (missing,) = program.compared(gallery, tmp_path / "none.json")
    assert "none.json cannot be read" in missing


@pytest.mark.parametrize("words", [["--only", "none"], ["--ship", "--only", "trl"]])
def test_bad_arguments(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(words) == 2
    assert "expected one of pfrl sb3 sb3_contrib" in capsys.readouterr().err
