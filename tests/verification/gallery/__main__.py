"""Audit learning rules of other libraries, and compare the answers with those reasoned by hand.

The exit code is 0 if all are as reasoned and the table that is shipped says the same. With --ship, the table becomes
data/gallery.json, which `python -m repro gallery` and the report show.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from repro.errors import UserError
from repro.paths import GALLERY
from repro.report.library_gallery import HEAD, Gallery, read_gallery
from repro.storage import provenance
from repro.storage.npz import write_whole
from repro.storage.syntax_digest import code_digest
from tests.verification.gallery.entry import audit_library
from tests.verification.program import NOT_RUN, Report, arguments, progress
from tests.verification.tables import markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.report.library_gallery import AuditedMethod

LEFT_OUT = {
    "xuance": "its newest version, 1.4.4, requires numpy<2 and gymnasium<1.3 (its VDN and QMIX are audited in torchrl)",
}
"""Libraries that cannot be installed next to the others."""


def main(words: Sequence[str] | None = None) -> int:
    """Audit; return the exit code."""
    parser = arguments("gallery", __doc__)
    parser.add_argument("--only", metavar="NAME", help="audit the library of gallery_NAME.py alone")
    parser.add_argument("--ship", action="store_true", help="write data/gallery.json")
    options = parser.parse_args(words)
    names = [module for module in modules() if options.only in {None, short(module)}]
    if not names or (options.ship and options.only):
        given = " ".join(map(short, modules()))
        progress(
            f"given --only {options.only}; expected one of {given}, and all of them with --ship"
        )
        return NOT_RUN
    problems: list[str] = []
    methods: list[AuditedMethod] = []
    # One process for each: some libraries change defaults of torch when they are imported.
    alone = ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1)
    with alone as process:
        for found, rows in process.map(audit_library, names):
            problems += found
            methods += rows
            progress(", ".join(f"{row.library} {row.method}: {row.answer}" for row in rows))
    gallery = Gallery(
        tuple(methods), LEFT_OUT, provenance.environment(), {name: digest(name) for name in names}
    )
    if options.ship and not problems:
        write_whole(GALLERY, gallery.to_json())
    if not options.only:
        problems += compared(gallery)
    report = Report("gallery", text(gallery), [asdict(row) for row in methods], problems)
    return report.conclude(options.out)


def modules() -> list[str]:
    """Name the modules that declare a library, in this folder."""
    return sorted(
        f"{__package__}.{file.stem}" for file in Path(__file__).parent.glob("gallery_*.py")
    )


def short(module: str) -> str:
    """Return the part of a module's name that `--only` takes."""
    return module.rpartition("gallery_")[2]


def digest(module: str) -> str:
    """Return the digest of a library's declaration, which its docstring and layout are not part of."""
    return code_digest((module,))


def compared(gallery: Gallery, file: Path = GALLERY) -> list[str]:
    """List in what the shipped table differs, seconds and processor aside."""
    try:
        shipped = read_gallery(file)
    except UserError as error:
        return [str(error)]
    now, then = (_rows(one) for one in (gallery, shipped))
    changed = [
        " ".join(map(str, key)) for key in now.keys() | then.keys() if now.get(key) != then.get(key)
    ]
    if shipped.code != gallery.code and not changed:
        changed = ["the code of the entries"]
    return [f"{name}: not as in {file.name}; ship it with -- --ship" for name in sorted(changed)]


def _rows(gallery: Gallery) -> dict[tuple[str, str, str], object]:
    return {
        (one.library, one.method, one.mechanisms): (
            one.version,
            one.answer,
            one.by_hand,
            one.because,
            one.shared,
            one.lines,
        )
        for one in gallery.methods
    }


def text(gallery: Gallery) -> str:
    """Write the table in Markdown."""
    rows = [["–" if cell is None else cell for cell in method.cells] for method in gallery.methods]
    return f"# Learning rules of other libraries\n\n{gallery.text}\n\n{markdown(HEAD, rows)}"


if __name__ == "__main__":
    sys.exit(main())
