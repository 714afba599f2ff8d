"""The table of other libraries' learning rules, from a synthetic file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repro.errors import UserError
from repro.plugin import report_sections
from repro.report.library_gallery import HEAD, TITLE, AuditedMethod, Gallery, read_gallery
from tests.report.test_ladder import judged

if TYPE_CHECKING:
    from pathlib import Path

METHOD = AuditedMethod(
    "Lib", "1.2", "DQN", "actions", "not modular", "not modular", "clipping", (), 1.5, 4
)
OUTPUTS = ("output of net.0", "output of net.1")
GALLERY = Gallery(
    (METHOD,),
    {"other": "it needs an older torch"},
    {"torch": "2.13.0", "numpy": "2.4.6", "python": "3.11.7", "processor": "a processor"},
    {"module": "digest"},
)


def test_the_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "gallery.json"
    file.write_bytes(GALLERY.to_json())
    assert read_gallery(file) == GALLERY
    section = read_gallery(file).section
    assert (section.title, section.head, len(section.rows[0])) == (TITLE, HEAD, len(HEAD))
    assert section.rows[0][0] == "Lib 1.2"
    assert "with torch 2.13.0, numpy 2.4.6, python 3.11.7, on a processor" in section.text
    assert "Not audited: other, because it needs an older torch." in section.text


@pytest.mark.parametrize(
    ("shared", "shown"),
    [
        ((), None),
        (("norm", *OUTPUTS), "norm"),
        (OUTPUTS, "output of net.0"),
        (("log-sum-exp", "norm"), "log-sum-exp, norm"),
    ],
)
def test_outputs_of_modules_are_shown_only_without_better_names(
    shared: tuple[str, ...], shown: str | None
) -> None:
    method = AuditedMethod("Lib", "1", "A", "actions", "x", "x", "why", shared, 0.1, 1)
    assert method.cells[HEAD.index("shared")] == shown


def test_a_changed_or_missing_file_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "gallery.json"
    with pytest.raises(UserError, match=r"gallery.json cannot be read \(FileNotFoundError"):
        read_gallery(file)
    file.write_bytes(GALLERY.to_json().replace(b"not modular", b"modular", 1))
    with pytest.raises(UserError, match="its checksum does not match"):
        read_gallery(file)
    file.write_bytes(b"[]")
    with pytest.raises(UserError, match="expected an object"):
        read_gallery(file)


def titles(*kinds: str) -> list[str]:
    results = [judged(f"a.{kind}", kind=kind) for kind in kinds]
    sections, _ = report_sections.report_sections((), results, trained=False)
    return [section.title for section in sections]


def test_the_report_shows_it_with_the_theory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert TITLE in titles("theory", "empirical")
    assert TITLE not in titles("empirical")
    monkeypatch.setattr(report_sections, "GALLERY", tmp_path / "none.json")
    assert TITLE in titles("theory")
