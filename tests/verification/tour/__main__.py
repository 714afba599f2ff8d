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


def shown(cell: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - likewise
    """What a cell shows, as types and texts; of a picture only that there is one: fonts differ."""
    found = []
    for output in cell.get("outputs", ()):
        if output["output_type"] == "stream":
            found.append((output["name"], "".join(output["text"])))
        for kind, content in output.get("data", {}).items():
            text = "" if kind.startswith("image/") else "".join(content)
            found.append((kind, text))
    return found


def differences(mine: Any, shipped: Any) -> list[str]:  # noqa: ANN401 - likewise
    """Say which cells of two notebooks differ, in their text or in what they show; none if they agree."""
    if len(mine["cells"]) != len(shipped["cells"]):
        return [f"{len(shipped['cells'])} cells, not {len(mine['cells'])}"]
    found = []
    for number, (one, other) in enumerate(zip(mine["cells"], shipped["cells"], strict=True)):
        if (one["cell_type"], one["source"]) != (other["cell_type"], other["source"]):
            found.append(f"cell {number} is not that of {SCRIPT.name}: {other['source']!r}")
        elif shown(one) != shown(other):
            found.append(f"cell {number} showed {shown(other)}, and now {shown(one)}")
    return found


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
    problems = [
        f"cell {n} writes to stderr: {text}"
        for n, c in enumerate(book.cells)
        for name, text in shown(c)
        if name == "stderr"
    ]
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
