"""A clone of the checkout with an empty home, and a watch on what is written outside the clone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WATCH = Path(__file__).resolve().parent / "watch"
SECONDS = 1800
"""Time after which a stage is considered hung."""
PASSED_ON = re.compile(
    r"PIP_(?!CACHE_DIR)\w+|SSL_CERT_\w+|REQUESTS_CA_BUNDLE|\w+_proxy", re.IGNORECASE
)
"""Environment variables that an installer may need to reach its index."""
NOT_OURS = re.compile(
    r"home/\.cache/(nox|pip|virtualenv)/.+|home/\.local/share/virtualenv/.+"  # installers' caches
    r"|tmp/(pytest-of-|torchinductor_)\w+"  # empty folders of pytest and PyTorch
)
"""Files that the installers and libraries leave, by path in the room."""


class Room:
    """A folder with a clone, an empty home and an empty folder for temporary files.

    Attributes:
        clone: the clone of the checkout's last commit.

    Args:
        folder: an empty folder for the room.
        project: the checkout.
    """

    def __init__(self, folder: Path, project: Path) -> None:
        self._folder = folder.resolve()
        self.clone = self._folder / "clone"
        self._home, self._temporary = self._folder / "home", self._folder / "tmp"
        self._seen = self._folder / "seen.txt"
        for place in (self._home, self._temporary):
            place.mkdir()
        git = ("git", "clone", "--quiet", "--no-hardlinks", str(project), str(self.clone))
        subprocess.run(git, check=True)  # noqa: S603 - clones this project

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process in the room."""
        given = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
        path = [str(Path(sys.base_prefix) / "bin"), "/usr/local/bin", "/usr/bin", "/bin"]
        return given | {
            "PATH": os.pathsep.join(path),
            "HOME": str(self._home),
            "TMPDIR": str(self._temporary),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "PYTHONPATH": str(WATCH),
            "CLEANROOM": str(self._folder),
            "CLEANROOM_SEEN": str(self._seen),
        }

    def run(self, lines: Sequence[str]) -> tuple[int, str]:
        """Run shell commands in the clone, up to the first that fails.

        Returns:
            The exit code and everything printed.
        """
        done = subprocess.run(
            ["/bin/bash", "-e"],
            input="\n".join(lines),
            cwd=self.clone,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return done.returncode, done.stdout

    def tidy(self) -> None:
        """Restore the tracked files of the clone, and remove new ones; ignored files stay."""
        for words in ("clean --force -d --quiet", "checkout --quiet ."):
            subprocess.run(("git", *words.split()), cwd=self.clone, check=True)  # noqa: S603, S607 - the installed git

    def outside(self) -> list[str]:
        """Return the files and empty folders outside the clone that this project wrote."""
        seen = self._seen.read_text().splitlines() if self._seen.exists() else []
        found = [path for place in (self._home, self._temporary) for path in place.rglob("*")]
        left = [
            str(path.relative_to(self._folder))
            for path in sorted(found)
            if path.is_symlink() or not (path.is_dir() and any(path.iterdir()))
        ]
        return [*sorted(set(seen)), *(path for path in left if not NOT_OURS.fullmatch(path))]
