"""A verdict on the terminal: the answer first, then everything that it is based on."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from repro.causal.auditing.findings import Answer
from repro.cli.audit_view import MOST_WITNESSES, render
from tests.cli.audit_example import (
    HELD,
    IMPLEMENTATION_DEPENDENT,
    MODULAR,
    NOT,
    SILENT,
    UNDETERMINED,
    WRONG,
    verdict,
    witness,
)

if TYPE_CHECKING:
    from repro.causal.auditing.verdict import Verdict

NONE: frozenset[tuple[str, str]] = frozenset()


def printed(shown: Verdict, *, width: int = 200, verified: bool = False) -> str:
    console = Console(file=StringIO(), width=width, highlight=False)
    with console.capture() as capture:
        console.print(render(shown, "my_rule.py", verified=verified))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def row(text: str, label: str) -> str:
    """Get the text next to a label under "What the verdict is based on"."""
    (line,) = re.findall(rf"^  {label}  +(.*)$", text, re.MULTILINE)
    return str(line)


@pytest.mark.parametrize(
    ("answer", "big", "sentence"),
    [
        (
            MODULAR,
            "✓ MODULAR",
            "no two gradients share a hidden variable, in whatever order its sums",
        ),
        (NOT, "✗ NOT MODULAR", "given its inputs, gradients share a hidden variable, in whatever"),
        (
            IMPLEMENTATION_DEPENDENT,
            "≈ IMPLEMENTATION-DEPENDENT",
            "depends on the order in which its sums are added; as coded, they share some",
        ),
        (UNDETERMINED, "? UNDETERMINED", "the trace could not follow everything"),
    ],
)
def test_the_answer_is_first_and_explained(answer: Answer, big: str, sentence: str) -> None:
    text = printed(verdict(answer))
    top, middle, bottom, meaning = text.splitlines()[:4]
    assert big in middle
    assert {*top, *bottom} <= set("┏━┓┗┛")
    assert meaning.startswith("my_rule.py: ")
    assert sentence in meaning
    others = [word.upper() for word in Answer if word != answer and word.upper() not in big]
    assert not any(word in text for word in others)


def test_sums_that_are_not_shared_as_coded() -> None:
    assert "as coded, they share none" in printed(
        verdict(IMPLEMENTATION_DEPENDENT, joined_as_coded=NONE)
    )


def test_shared_parameters_are_the_reason_if_no_variable_is_shared() -> None:
    text = printed(
        verdict(
            NOT,
            joined_as_coded=NONE,
            joined_at_most=NONE,
            witnesses=(),
            factorised=False,
            shared_parameters=(("A", "C"),),
        )
    )
    assert "my_rule.py: two mechanisms share parameters." in text
    assert row(text, "parameters") == "shared by A and C"
    assert "gradients share a hidden variable" not in text


def test_pairs_are_tabulated_only_if_they_differ() -> None:
    pairs = {("A", "B"): NOT, ("A", "C"): IMPLEMENTATION_DEPENDENT, ("B", "C"): MODULAR}
    text = printed(verdict(NOT, pairs=pairs))
    table = text.partition("Pairs\n")[2].splitlines()[:4]
    assert [line.split() for line in table[:3]] == [["B", "C"], ["A", "✗", "≈"], ["B", "✓"]]
    assert table[2].index("✓") == table[1].index("≈") == table[0].index("C")
    assert table[3].strip() == "✓ modular, ✗ not modular, ≈ implementation-dependent"
    assert "Pairs" not in printed(verdict(NOT))


def test_many_mechanisms_are_listed_by_answer() -> None:
    names = [f"m{i}" for i in range(14)]
    pairs = {(names[0], name): MODULAR for name in names[2:]} | {("m0", "m1"): NOT}
    text = printed(verdict(NOT, pairs=pairs))
    assert "modular (12): m0–m2, m0–m3" in text
    assert "not modular (1): m0–m1" in text


def test_a_shared_variable_is_shown_once_with_its_paths_by_label() -> None:
    lines = printed(verdict(NOT)).partition("gradients share\n")[2].splitlines()[:5]
    assert [line.strip() for line in lines] == [
        "log-sum-exp, shared by A, B, C",
        "= log(exp(bids[0]) + …)",
        "log-sum-exp → δ[A]",
        "log-sum-exp → δ[B]",
        "log-sum-exp → δ[C]",
    ]


def test_different_variables_are_listed_up_to_a_limit() -> None:
    some = tuple(witness(("A", "B"), "sum", f"r{i} + r{i + 1}") for i in range(MOST_WITNESSES + 2))
    text = printed(verdict(NOT, witnesses=some))
    assert text.count("sum, shared by A, B") == MOST_WITNESSES
    assert "… and 2 more; --json lists all" in text
    assert "hidden variables that gradients" not in printed(verdict(MODULAR)).lower()


def test_a_long_expression_is_cut() -> None:
    text = printed(verdict(NOT, witnesses=(witness(("A", "B"), expression="x + " * 200),)))
    assert "x + x" in text
    assert text.count("x +") == 60
    assert "…" in text


def test_what_the_verdict_is_based_on() -> None:
    text = printed(
        verdict(
            MODULAR,
            zero=("B", "C"),
            selection="strict",
            approximated=("sort", "topk"),
            factorised=True,
            context=(),
        )
    )
    assert row(text, "conditioned on") == "bids, rewards"
    assert row(text, "fixed context") == "none"
    assert row(text, "selection") == "strict: a maximum is a hidden variable"
    assert row(text, "hidden variables") == "5 in the graph"
    assert row(text, "shared as coded") == "by no two gradients"
    assert row(text, "zero gradients") == "B, C"
    assert row(text, "parameters") == "no two mechanisms share any"
    assert row(text, "approximated") == "sort, topk"
    assert row(text, "intervention check") == "not made; use --verify"
    plain = printed(verdict(NOT))
    assert row(plain, "selection") == "route: a maximum is the selected element"
    assert row(plain, "parameters") == "not checked; define mechanisms() in the file"
    assert row(plain, "shared as coded") == "by every two gradients"
    assert row(plain, "fixed context") == "actions"


def test_sharing_as_coded_and_at_most_are_shown_separately() -> None:
    text = printed(
        verdict(IMPLEMENTATION_DEPENDENT, joined_as_coded=frozenset({("B", "C"), ("A", "B")}))
    )
    assert row(text, "shared as coded") == "by A and B, B and C"
    expected = "by no two gradients, if all sums are shared that can be"
    assert row(text, "shared at most") == expected


def test_limits_are_shown_first() -> None:
    text = printed(verdict(UNDETERMINED, limits=("x left by .item()", "y was sorted")))
    after = text.partition("What the trace could not follow\n")[2].splitlines()[:2]
    assert after == ["  x left by .item()", "  y was sorted"]
    assert text.index("x left by") < text.index("What the verdict is based on")
    assert "could not follow\n" not in printed(verdict(MODULAR))


def test_the_intervention_check_is_summarised() -> None:
    text = printed(verdict(NOT, interventions=(HELD, SILENT, HELD)), verified=True)
    summary = (
        "3 hidden variables changed with all inputs held fixed: 0 violations (another gradient changed than the graph "
        "says), 1 silent (not all of these gradients changed)"
    )
    assert row(text, "intervention check") == summary
    assert "silent: exp(bids[0]) changed A; the graph predicts A, B" in text
    assert "do not rely" not in text
    assert row(printed(verdict(MODULAR), verified=True), "intervention check").startswith(
        "no hidden"
    )


def test_a_violation_is_shown_with_the_answer() -> None:
    text = printed(verdict(MODULAR, interventions=(HELD, WRONG)), verified=True)
    assert "do not rely on this verdict" in text.splitlines()[4]
    assert "1 violation (another gradient changed than the graph says), 0 silent" in text
    assert "violation: sqrt(y) changed C; the graph predicts A" in text


@pytest.mark.parametrize("width", [40, 80, 120])
def test_it_fits_the_terminal_without_losing_words(width: int) -> None:
    shown = verdict(
        NOT,
        interventions=(SILENT, WRONG),
        limits=(
            "a value left the trace through .item() in line 3 and was not traced from there on",
        ),
    )
    text = printed(shown, width=width, verified=True)
    assert max(map(len, text.splitlines())) <= width
    wide = printed(shown, verified=True)
    assert set(wide.split()) <= set(text.split())


def test_names_in_brackets_are_not_markup() -> None:
    text = printed(verdict(NOT, conditioned=("[bold]x[/bold]", ":smile:")))
    assert row(text, "conditioned on") == "[bold]x[/bold], :smile:"


def test_effects_that_are_missing_for_one_cause_are_one_line() -> None:
    shown = verdict(MODULAR, interventions=(SILENT,) * 340 + (HELD, WRONG, WRONG))
    lines = [x for x in printed(shown, verified=True).splitlines() if "the graph predicts" in x]
    assert len(lines) == 2
    assert lines[0].endswith(
        "violation: sqrt(y) changed C; the graph predicts A (and 1 other likewise)"
    )
    assert lines[1].endswith("the graph predicts A, B (and 339 others likewise)")


def test_modular_without_parameters_is_said_with_the_answer() -> None:
    words = "gradients only, parameters not checked"
    assert f"MODULAR  {words}" in printed(verdict(MODULAR)).splitlines()[1]
    assert words not in printed(verdict(MODULAR, factorised=True))
    assert words not in printed(verdict(NOT))


def test_mechanisms_that_share_parameters_are_listed() -> None:
    text = printed(verdict(NOT, factorised=False, shared_parameters=(("A", "B"),)))
    assert row(text, "parameters") == "shared by A and B"
