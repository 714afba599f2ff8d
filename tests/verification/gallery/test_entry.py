"""Entries of the gallery, on rules of three lines instead of libraries."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from repro.causal import Answer, Verdict, audit
from tests.verification.gallery.entry import Entry, Library, audit_entry, code_lines, row


def bids() -> dict[str, Tensor]:
    return {"bids": torch.tensor([0.3, -0.5]), "reward": torch.ones(2)}


def audit_softmax(given: dict[str, Tensor]) -> Verdict:
    """Audit a softmax."""

    def rule(bids: Tensor, reward: Tensor) -> dict[str, Tensor]:
        # The first line of code is the one that begins with "def".
        chances = bids.softmax(0)

        return {"a": chances[0] * reward[0], "b": chances[1] * reward[1]}

    return audit(rule, given)


ENTRY = Entry(
    "softmax",
    "actions",
    bids,
    audit_softmax,
    Answer.NOT_MODULAR,
    "one normaliser",
    "reward",
    ("softmax normaliser",),
    ("norm",),
)


def test_an_entry_that_is_as_reasoned_has_no_problems() -> None:
    audited = audit_entry(ENTRY)
    assert audited.problems() == []
    made = row(Library("Ours", "torch", (ENTRY,)), audited)
    assert (made.answer, made.by_hand, made.lines) == ("not modular", "not modular", 5)
    assert made.version == torch.__version__
    assert made.shared[0] == "softmax normaliser"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(ENTRY, answer=Answer.MODULAR), "the answer is not modular, and by hand modular"),
        (replace(ENTRY, shared=("norm",)), "not among what is shared: norm"),
        (replace(ENTRY, absent=("softmax normaliser",)), "shared against the reasoning: softmax"),
        (replace(ENTRY, reads="value"), "the gradient of a does not read value"),
    ],
)
def test_what_is_not_as_reasoned_is_a_problem(wrong: Entry, said: str) -> None:
    problems = audit_entry(wrong).problems()
    assert any(said in problem for problem in problems), problems


def test_a_limit_of_the_trace_is_a_problem() -> None:
    def audit_numbers(given: dict[str, Tensor]) -> Verdict:
        def rule(bids: Tensor, reward: Tensor) -> dict[str, Tensor]:
            number = bids.sum().item()
            return {"a": bids[0] * number * reward[0], "b": bids[1] * number * reward[1]}

        return audit(rule, given)

    (first, *_) = audit_entry(
        replace(ENTRY, audit=audit_numbers, answer=Answer.MODULAR, shared=())
    ).problems()
    assert first == "softmax: the answer is undetermined, and by hand modular"
    found = audit_entry(replace(ENTRY, audit=audit_numbers)).problems()
    assert any("the trace has a limit: a computed value left" in problem for problem in found)


def test_lines_of_code() -> None:
    source = '''
    def audit(agent):
        """Say what.

        At length.
        """
        # why

        return call(
            agent,  # by name
            "text",
        )
    '''
    assert code_lines(source) == 5
    assert code_lines("x = 1\n\n\ny = '''a\nb'''\n") == 3
