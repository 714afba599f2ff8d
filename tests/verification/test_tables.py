"""Tables in Markdown."""

from __future__ import annotations

from tests.verification.tables import markdown


def test_a_table_keeps_its_columns() -> None:
    rows = [("x | y\nz", 1)]
    assert markdown(("a", "b"), rows) == "| a | b |\n| --- | --- |\n| x \\| y ⏎ z | 1 |\n"
    assert markdown(("a",), []) == "none\n"


def test_numbers_are_right_aligned() -> None:
    assert markdown(("a", "n"), [("x", "1,000")], numbers=True) == (
        "| a | n |\n| --- | ---: |\n| x | 1,000 |\n"
    )
