"""Put the claims and the committed data into a wheel, so that it can judge the shipped runs without a clone.

Everything else about the package stands in pyproject.toml. The files are copied here and not named in
MANIFEST.in, because pytest takes what a package lists for code of its plug-in.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

INCLUDED = ("claims", "data", "pyproject.toml")
"""What `repro.paths` looks for: in a checkout next to the package, in a wheel below repro/project/."""


def copy_to(folder: Path) -> None:
    """Copy what is included, and replace what is there."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in INCLUDED:
        if Path(name).is_dir():
            shutil.rmtree(folder / name, ignore_errors=True)
            shutil.copytree(name, folder / name, ignore=ignored)
        else:
            shutil.copy(name, folder / name)


class WheelWithProject(build_py):  # type: ignore[misc]  # setuptools has no types here
    """Copies the project next to the built package; an editable installation uses the checkout itself."""

    def run(self) -> None:
        """Build the package, then copy."""
        super().run()
        if not self.editable_mode:
            copy_to(Path(self.build_lib) / "repro" / "project")


class SourceWithProject(sdist):  # type: ignore[misc]  # likewise
    """Copies what a wheel that is built from the source distribution needs."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        """Make the tree, then copy."""
        super().make_release_tree(base_dir, files)
        copy_to(Path(base_dir))


setup(cmdclass={"build_py": WheelWithProject, "sdist": SourceWithProject})
