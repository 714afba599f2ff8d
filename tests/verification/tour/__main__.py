"""Run the tour's cells, and compare what they show with the shipped notebook; `--write` ships it anew."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.verification.program import FAILED, PASSED, progress
from tests.verification.tour.cells import NOTEBOOK, SCRIPT, Cell, cells
from tests.verification.tour.comparison import differences, warned

TIMEOUT = 300
"""Seconds that a cell may take."""
STRICT, LAX = (f"import warnings; warnings.simplefilter('{word}')" for word in ("error", "default"))
"""Run before the first cell and after the last one: a warning of a cell is an error."""
REMEDY = "if that is right, ship it anew with `nox -s tour -- --write`"


def executed(source: list[Cell]) -> Any:  # noqa: ANN401 - nbformat has no types
    """Run the cells in a new kernel; return the notebook with their outputs, without times and counts.

    Raises:
        CellExecutionError: a cell raises an error, or warns.
    """
    made = [
        (new_code_cell if cell.kind == "code" else new_markdown_cell)(cell.text, id=f"cell-{n}")
        for n, cell in enumerate(source)
    ]
    book = new_notebook(cells=[new_code_cell(STRICT), *made, new_code_cell(LAX)])
    with tempfile.TemporaryDirectory() as home:
        # The kernel writes nothing in the user's home, and listens on no port.
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
            os.environ[name] = str(Path(home) / name.lower())
        kernel = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=f"{home}/kernel")
        client = NotebookClient(
            book, km=kernel, timeout=TIMEOUT, record_timing=False, coalesce_streams=True
        )
        client.execute(cwd=home)
    del book.cells[0], book.cells[-1]
    for cell in book.cells:
        for part in (cell, *cell.get("outputs", ())):
            if "execution_count" in part:
                part.execution_count = None
    book.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
    }
    nbformat.validate(book)
    return book


def main(words: list[str] | None = None) -> int:
    """Run the tour; return 0 if the shipped notebook is what comes out."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--write", action="store_true", help=f"write {NOTEBOOK}")
    options = parser.parse_args(words)
    try:
        book = executed(cells(SCRIPT.read_text(encoding="utf-8")))
    except CellExecutionError as error:
        progress(f"FAILED: {error}")
        return FAILED
    problems = warned(book)
    if options.write and not problems:
        nbformat.write(book, NOTEBOOK)
        progress(f"wrote {NOTEBOOK}")
        return PASSED
    problems += [
        f"{line}; {REMEDY}" for line in differences(book, nbformat.read(NOTEBOOK, as_version=4))
    ]
    for line in problems:
        progress(f"FAILED: {line}")
    sys.stdout.write(f"{len(book.cells)} cells, {'as shipped' if not problems else 'see above'}\n")
    return FAILED if problems else PASSED


if __name__ == "__main__":
    sys.exit(main())
