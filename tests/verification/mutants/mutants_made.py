"""Tests of what cosmic-ray makes; run where it is installed, before the sample is tried."""

from __future__ import annotations

from tests.verification.mutants.population import mutated, spots

CODE = '''"""Two words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    SIZE = 1 + 2


def f(a: int | None, *rest: int, b: "int | str" = 3, **more: int) -> int | None:
    """Give 1 + 2."""
    c: int | str = a * b
    return g(*rest, *[c], **more, **{"x": 1})
'''


def test_code_that_is_never_evaluated_is_left_out() -> None:
    found = {
        (spot.line, spot.operator.split("_")[0], spot.start[1]) for spot in spots("a.py", CODE)
    }
    signature, call = CODE.splitlines()[10], CODE.splitlines()[13].strip()
    assert found == {
        (signature, "NumberReplacer", signature.index("3")),
        ("c: int | str = a * b", "ReplaceBinaryOperator", 21),
        (call, "NumberReplacer", 4 + call.index("1")),
    }


def test_a_mutant_is_the_whole_text_with_one_thing_changed() -> None:
    product = [spot for spot in spots("a.py", CODE) if spot.operator.endswith("_Mul_Add")]
    assert [spot.inside for spot in product] == ["f"]
    text = mutated(CODE, product[0].operator, product[0].occurrence)
    assert text == CODE.replace("a * b", "a + b")


def test_a_number_is_changed_both_ways() -> None:
    numbers = list(spots("a.py", "x = [5]\n"))
    assert {mutated("x = [5]\n", s.operator, s.occurrence) for s in numbers} == {
        "x = [ 6]\n",
        "x = [ 4]\n",
    }
