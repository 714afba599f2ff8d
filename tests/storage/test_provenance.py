"""What tells machines apart whose arithmetic may differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from repro.storage import provenance

if TYPE_CHECKING:
    import pytest

CORE = """processor\t: {n}
model name\t: Some EPYC
cpu family\t: 25
model\t\t: {model}
stepping\t: 1
cpu MHz\t\t: {mhz}
flags\t\t: fpu sse2 {flag}
"""


def named(monkeypatch: pytest.MonkeyPatch, model: int, flag: str, mhz: int = 2600) -> str:
    """Name of a processor of two such cores."""
    text = "\n".join(CORE.format(n=n, model=model, flag=flag, mhz=mhz + n) for n in range(2))
    monkeypatch.setattr(Path, "read_text", lambda *_args, **_words: text)
    provenance.processor.cache_clear()
    name = provenance.processor()
    provenance.processor.cache_clear()
    return name


def test_namesakes_with_other_instructions_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    first = named(monkeypatch, 17, "avx2")
    assert first.startswith("Some EPYC (")
    assert named(monkeypatch, 17, "avx2", mhz=3100) == first
    others = {named(monkeypatch, 17, "avx512f"), named(monkeypatch, 1, "avx2")}
    assert len(others | {first}) == 3


def test_without_such_a_file_the_system_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_args: object, **_words: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    monkeypatch.setattr("platform.processor", lambda: "known by another way")
    provenance.processor.cache_clear()
    assert provenance.processor() == "known by another way"
    provenance.processor.cache_clear()


def test_versions_are_those_that_can_change_a_run() -> None:
    assert set(provenance.versions()) == {"python", "numpy", "torch", "numba", "libc"}
    assert all(provenance.versions().values())
