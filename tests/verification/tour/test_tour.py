"""The shipped notebook has the cells of the script, ran without errors, and is small."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

import pytest

from tests.verification.tour.cells import NOTEBOOK, SCRIPT, Cell, cells

MOST_BYTES = 300_000
REMEDY = "run `nox -s tour -- --write`"


def book() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return loaded


def test_the_cells_are_those_of_the_script() -> None:
    shipped = [Cell(one["cell_type"], "".join(one["source"])) for one in book()["cells"]]
    assert shipped == cells(SCRIPT.read_text(encoding="utf-8")), REMEDY
    assert sum(cell.kind == "code" for cell in shipped) > 12


def test_it_shows_results_and_pictures_and_no_error() -> None:
    outputs = [output for cell in book()["cells"] for output in cell.get("outputs", ())]
    assert {one["output_type"] for one in outputs} == {"execute_result", "stream"}
    assert {one["name"] for one in outputs if "name" in one} == {"stdout"}
    pictures = [one for one in outputs if "image/png" in one.get("data", {})]
    assert len(pictures) >= 3
    assert all(one["metadata"]["image/png"]["alt"] for one in pictures)


def test_it_is_small_and_says_nothing_of_when_and_where_it_ran() -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert len(text.encode()) < MOST_BYTES
    assert not re.search(r'"(execution_count": [0-9]|iopub|/home|/tmp|0x[0-9a-f]{6})', text)
    assert book()["metadata"] == {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
    }


def test_each_code_cell_is_python() -> None:
    for cell in cells(SCRIPT.read_text(encoding="utf-8")):
        if cell.kind == "code":
            assert ast.parse(cell.text).body


def test_a_script_is_split_into_cells() -> None:
    script = "# %% [markdown]\n# # Head\n#\n# Text\n\n# %%\nx = 1\n\n# why\nx\n\n# %%\ny\n"
    assert cells(script) == [
        Cell("markdown", "# Head\n\nText"),
        Cell("code", "x = 1\n\n# why\nx"),
        Cell("code", "y"),
    ]


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("x = 1\n# %%\n", "before the first cell"),
        ("# %% [markdown]\nx = 1\n", "expected a comment"),
    ],
)
def test_a_script_that_is_no_list_of_cells(script: str, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        cells(script)
