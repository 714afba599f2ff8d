"""Provenance distinguishes machines and versions whose arithmetic may differ."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from repro.storage import provenance

CORE = """processor\t: {n}
model name\t: Some EPYC
cpu family\t: 25
model\t\t: {model}
stepping\t: 1
cpu MHz\t\t: {mhz}
flags\t\t: fpu sse2 {flag}
"""


def name_of(monkeypatch: pytest.MonkeyPatch, model: int, flag: str, mhz: int = 2600) -> str:
    """Name of a processor with two cores of this kind."""
    text = "\n".join(CORE.format(n=n, model=model, flag=flag, mhz=mhz + n) for n in range(2))
    monkeypatch.setattr(Path, "read_text", lambda *_args, **_words: text)
    provenance.processor.cache_clear()
    name = provenance.processor()
    provenance.processor.cache_clear()
    return name


def test_processors_of_one_name_with_other_instructions_are_distinguished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = name_of(monkeypatch, 17, "avx2")
    assert first.startswith("Some EPYC (")
    assert name_of(monkeypatch, 17, "avx2", mhz=3100) == first
    others = {name_of(monkeypatch, 17, "avx512f"), name_of(monkeypatch, 1, "avx2")}
    assert len(others | {first}) == 3


def test_without_that_file_the_system_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_args: object, **_words: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    monkeypatch.setattr("platform.processor", lambda: "from the system")
    provenance.processor.cache_clear()
    assert provenance.processor() == "from the system"
    provenance.processor.cache_clear()


def test_versions_are_those_that_can_change_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(provenance.versions()) == {"python", "numpy", "torch", "numba", "libc"}
    assert all(provenance.versions().values())
    monkeypatch.setattr("sys.version_info", (3, 13, 1, "final", 0))
    assert provenance.versions()["python"] == "3.13"


def test_the_environment_has_the_full_version_of_python() -> None:
    found = provenance.environment()
    assert found["python"] == platform.python_version()
    assert found.keys() >= {"machine", "processor", "cores", "numpy", "torch", "numba", "libc"}
    assert found["instructions"] == ", ".join(
        f"{name} {value}" for name, value in provenance.instructions().items()
    )


@pytest.mark.slow
def test_the_instructions_are_those_that_libraries_were_made_to_choose(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = {"ATEN_CPU_CAPABILITY": "default", "NUMBA_CPU_NAME": "generic"}
    for name in provenance.CHOOSING:
        monkeypatch.delenv(name, raising=False)
    code = "import json\nfrom repro.storage import instructions\nprint(json.dumps(instructions()))"
    done = subprocess.run(  # noqa: S603 - Python with words of this file
        [sys.executable, "-c", code],
        env={**os.environ, **chosen},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    provenance.instructions.cache_clear()
    here = provenance.instructions()
    assert found.keys() - here.keys() == chosen.keys()
    assert found.items() >= chosen.items()
    assert found["torch"] == "DEFAULT"
    assert found["numba"].startswith("generic (")
    assert here["numba"] != found["numba"]
    assert all(here.values())


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one commit."""
    author = {"name": "A", "email": "a@b"}
    who = [word for key, value in author.items() for word in ("-c", f"user.{key}={value}")]
    for words in (["init"], [*who, "commit", "--allow-empty", "--message=one"]):
        subprocess.run(["git", "-C", tmp_path, *words], check=True, capture_output=True)  # noqa: S603, S607 - git on an empty folder
    monkeypatch.setattr(provenance, "PROJECT", tmp_path)
    return tmp_path


@pytest.mark.usefixtures("checkout")
def test_a_commit_needs_no_reason() -> None:
    head, dirty = provenance.commit()
    assert head is not None
    assert dirty is False
    assert provenance.no_commit() == ""
    assert "git" not in provenance.environment()


def test_git_writes_nothing(checkout: Path) -> None:
    file, index = checkout / "file", checkout / ".git/index"
    file.write_text("one", encoding="utf-8")
    subprocess.run(["git", "-C", checkout, "add", "file"], check=True)  # noqa: S603, S607 - as above
    os.utime(file, (0, 0))  # `git status` would note the new time in the index
    before = index.read_bytes()
    assert provenance.commit()[1] is True
    assert index.read_bytes() == before


@pytest.mark.usefixtures("checkout")
def test_git_says_why_it_refuses_a_checkout_of_another_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own tests use it
    assert provenance.commit() == (None, None)
    assert "detected dubious ownership" in provenance.no_commit()
    assert provenance.environment()["git"] == provenance.no_commit()


def test_git_that_is_not_there_is_the_reason(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(checkout))
    assert provenance.commit() == (None, None)
    assert provenance.no_commit() == "git cannot be run: No such file or directory"


def test_outside_a_checkout_no_reason_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, "PROJECT", tmp_path)
    assert provenance.commit() == (None, None)
    assert provenance.no_commit() == ""
