"""How long test files take without mutants, kept while the tests and the code stay the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.verification.mutants.mutant import digest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Timings:
    """CPU seconds of each test file that has passed, stored in a file.

    Args:
        file: created by the first `add`.
        root: of the checkout.
        code: digest of all code that tests may import.
    """

    def __init__(self, file: Path, root: Path, code: str) -> None:
        self._file, self._root = file, root
        kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        self._kept: dict[str, list[float | str]] = (
            kept.get("files", {}) if kept.get("code") == code else {}
        )
        self._code = code

    def known(self, files: Iterable[str]) -> dict[str, float]:
        """Return the seconds of those files that have passed in their current form."""
        kept = ((name, self._kept.get(name, ["", 0.0])) for name in files)
        return {
            name: float(seconds) for name, (text, seconds) in kept if text == self._digest(name)
        }

    def add(self, seconds: dict[str, float]) -> None:
        """Store the seconds of files that have just passed."""
        self._kept |= {name: [self._digest(name), spent] for name, spent in seconds.items()}
        body = {"code": self._code, "files": self._kept}
        self._file.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")

    def _digest(self, name: str) -> str:
        return digest((self._root / name).read_text(encoding="utf-8"))
