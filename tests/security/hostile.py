"""Malicious payloads and names."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HUGE = 10**15
NAMES = {
    "up": "../outside",
    "far up": "../" * 40 + "tmp/outside",
    "inside and up": "a/../../outside",
    "absolute": "/tmp/outside",  # noqa: S108 - nothing may be written there
    "the folder above": "..",
    "the folder": ".",
    "nothing": "",
    "a zero": "out\0side",
    "half a character": "out\ud800side",
    "very long": "x" * 5000,
    "backslashes": "..\\outside",
    "full width": "\uff0e\uff0e\uff0foutside",
    "a slash that is none": "..\u2215outside",
    "a line's end": "outside\n",
    "a terminal's words": "\x1b]0;outside\x07",
    "a home": "~/outside",
}


class Touch:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        """Tell pickle to open the file for writing."""
        return open, (str(self.path), "w")


def payloads(good: Mapping[str, np.ndarray[Any, Any]], mark: Path) -> dict[str, bytes]:
    """Return malicious payloads of a record, by what is wrong with them.

    Args:
        good: the arrays of a record.
        mark: a file that exists as soon as any of their code was executed.
    """
    evil = pickle.dumps(Touch(mark))
    objects = np.array([Touch(mark)], dtype=object)
    boxed = io.BytesIO()
    np.save(boxed, objects, allow_pickle=True)
    members = {f"{name}.npy": npy(array) for name, array in good.items()}

    def other(**changed: bytes) -> bytes:
        return zipped({**members, **{f"{name}.npy": content for name, content in changed.items()}})

    return {
        "a pickle": evil,
        "an array of objects": boxed.getvalue(),
        "a member of objects": other(returns=boxed.getvalue()),
        "a member that is a pickle": other(returns=evil),
        "another member that is a pickle": other(policy=evil),
        "a member that is no array": other(epochs=b"7"),
        "code in a header": other(
            returns=head(f"__import__('pathlib').Path({str(mark)!r}).touch()")
        ),
        "a huge shape": other(returns=head(described((HUGE,)))),
        "a shape too large to count": other(returns=head(described((HUGE, HUGE, HUGE)))),
        "a shape below zero": other(returns=head(described((-1, 3)))),
        "a shape of words": other(returns=head(described(("a",)))),
        "objects in a header": other(returns=head(described((1,), "|O")) + evil),
        "a deep header": other(returns=head("(" * 5000)),
        "a long header": other(returns=head(" " * 60_000 + described((1,)))),
        "nothing": b"",
        "an empty archive": zipped({}),
        "half an archive": zipped(members)[:-40],
        "a way out": zipped({"../../outside.npy": npy(np.zeros(2)), "/outside.npy": b"x"}),
        "names alone": zipped(dict.fromkeys(members, b"")),
        "an unknown compression": with_method(zipped(members), 99),
        "times of another shape": other(epochs=npy(np.ones((3, 3), np.int64))),
        "times below one": other(epochs=npy(np.zeros(len(good["epochs"]), np.int64))),
        "times that are words": other(epochs=npy(np.array(["a"] * len(good["epochs"])))),
        "returns that are no numbers": other(returns=npy(np.full_like(good["returns"], np.nan))),
    }


def npy(array: np.ndarray[Any, Any]) -> bytes:
    """Return an array as a file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def described(shape: tuple[object, ...], kind: str = "<f8") -> str:
    """Return the header of an array."""
    return repr({"descr": kind, "fortran_order": False, "shape": shape})


def head(text: str) -> bytes:
    """Return an array file that ends after its header."""
    body = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(body)) + body


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return an archive of these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def with_method(archive: bytes, method: int) -> bytes:
    """Change the compression method that an archive names."""
    known = struct.pack("<H", zipfile.ZIP_DEFLATED)
    changed = bytearray(archive)
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = archive.find(signature)
        while at >= 0:
            if changed[at + offset : at + offset + 2] == known:
                changed[at + offset : at + offset + 2] = struct.pack("<H", method)
            at = archive.find(signature, at + 4)
    return bytes(changed)
