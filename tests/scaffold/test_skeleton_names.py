"""The names that a file can have."""

from __future__ import annotations

import pytest

from repro.errors import UserError
from repro.scaffold.skeletons import camel, check_word


@pytest.mark.parametrize("word", ["a", "my_rule", "rule_2", "a__b", "a" * 28, "match"])
def test_valid_names(word: str) -> None:
    check_word("task", word, word)


@pytest.mark.parametrize(
    "word",
    ["", "2nd", "_rule", "My", "my-rule", "my rule", "a.b", "../up", "rule\n", "é", "a" * 29, "ª"],
)
def test_invalid_names(word: str) -> None:
    with pytest.raises(UserError) as caught:
        check_word("task", word, word)
    said = str(caught.value)
    assert said.startswith(f"given the task {word!r}; expected a lower-case letter, then")
    assert "\n" not in said


@pytest.mark.parametrize("word", ["class", "import", "is"])
def test_python_keywords(word: str) -> None:
    with pytest.raises(
        UserError, match=f"given the claim 'a.{word}'; '{word}' is a Python keyword"
    ):
        check_word("claim", word, f"a.{word}")


@pytest.mark.parametrize(
    ("word", "name"), [("rule", "Rule"), ("my_2nd_rule", "My2ndRule"), ("a__b_", "AB")]
)
def test_class_names(word: str, name: str) -> None:
    assert camel(word) == name
