"""A notebook differs by its cells and by what they show; of pictures, only their presence counts."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.verification.tour.comparison import differences, shown, warned


def book() -> dict[str, Any]:
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "one\n"},
        {
            "output_type": "execute_result",
            "data": {"text/plain": "<Picture p>", "image/png": "iVBO"},
        },
    ]
    cells = [
        {"cell_type": "markdown", "source": "# Head"},
        {"cell_type": "code", "source": "print(one)\np", "outputs": outputs},
    ]
    return {"cells": cells}


def test_equal_notebooks_do_not_differ_nor_do_their_pictures() -> None:
    other = book()
    other["cells"][1]["outputs"][1]["data"]["image/png"] = "iVBX"
    other["cells"][1]["outputs"][0]["text"] = ["on", "e\n"]  # as a file may have it
    assert differences(book(), other) == []
    assert shown(book()["cells"][1]) == [
        ("stdout", "one\n"),
        ("image/png", ""),
        ("text/plain", "<Picture p>"),
    ]


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        ((0, "source"), "# Other", "cell 0 is '# Other', not '# Head'"),
        ((0, "cell_type"), "code", "cell 0 is"),
        ((1, "outputs", 0, "text"), "two\n", "cell 1 showed"),
        ((1, "outputs", 0, "name"), "stderr", "cell 1 showed"),
        ((1, "outputs", 1, "data"), {"text/plain": "<Picture p>"}, "cell 1 showed"),
        ((1, "outputs"), [], "cell 1 showed , and now stdout 'one\\n', image/png, text/plain"),
    ],
)
def test_each_difference_is_told(place: tuple[Any, ...], value: object, told: str) -> None:
    other = deepcopy(book())
    part: Any = other["cells"]
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    (found,) = differences(book(), other)
    assert found.startswith(told)


def test_another_number_of_cells_is_told() -> None:
    assert differences(book(), {"cells": book()["cells"][:1]}) == ["1 cells, not 2"]


def test_what_is_written_to_stderr_is_told() -> None:
    loud = book()
    loud["cells"][1]["outputs"][0]["name"] = "stderr"
    assert warned(book()) == []
    assert warned(loud) == ["cell 1 wrote to stderr: one\n"]
