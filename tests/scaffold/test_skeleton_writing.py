"""A new file is written completely or not at all, and never replaces another."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro.errors import UserError
from repro.scaffold.skeletons import Skeleton, write

TEXT = "# λ\n"


def made(place: str = "claims/bids/new.py") -> Skeleton:
    return Skeleton(place, TEXT, ())


def test_a_skeleton_is_written(root: Path) -> None:
    path = write(made(), root)
    assert path == root / "claims" / "bids" / "new.py"
    assert path.read_bytes() == TEXT.encode()


@pytest.mark.parametrize("what", ["file", "link to nowhere", "folder"])
def test_nothing_is_overwritten(root: Path, what: str) -> None:
    path = root / "claims" / "bids" / "new.py"
    if what == "file":
        path.write_text("mine")
    elif what == "folder":
        path.mkdir()
    else:
        path.symlink_to(root / "nowhere")
    with pytest.raises(UserError, match=r"^claims/bids/new.py exists; choose another name$"):
        write(made(), root)
    assert not (root / "nowhere").exists()
    assert what != "file" or path.read_text() == "mine"


def test_a_missing_folder_is_an_error(root: Path) -> None:
    with pytest.raises(UserError, match=r"^claims/none/new\.py cannot be written: No such file"):
        write(made("claims/none/new.py"), root)


def test_a_full_disk_leaves_no_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def full(self: Path, mode: str, encoding: str) -> object:
        file = opened(self, mode, encoding=encoding)

        def write(_text: str) -> int:
            file.buffer.raw.write(b"half")  # type: ignore[attr-defined] # of a text file
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(file, "write", write, raising=True)
        return file

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(UserError, match=r"new\.py cannot be written: No space left on device"):
        write(made(), root)
    assert not (root / "claims" / "bids" / "new.py").exists()


def test_a_path_that_cannot_be_written_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UserError, match=r"new\.py cannot be written: Permission denied"):
        write(made(), root)
