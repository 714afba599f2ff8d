"""The verdict does not depend on the implementation: each implementation of a rule gets the same answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from repro.causal import Answer, Verdict, audit
from tests.causal.auditing.codings import MONTE_CARLO, REINFORCE, inputs, n_step

if TYPE_CHECKING:
    from torch import Tensor

    from tests.causal.auditing.codings import Gradients, Rule

# a acts at steps 0 and 2, b at 1, c at 3. The targets of a and b share r1 + γ r2 or r2 + γ r3; the target
# of c is r3.
LATER = frozenset({("a", "b")})


def comparable(verdict: Verdict, *, graph: bool = True) -> dict[str, Any]:
    """Get all fields of a verdict that must not depend on the implementation."""
    return {
        "answer": verdict.answer,
        "pairs": dict(verdict.pairs),
        "at most": verdict.joined_at_most,
        "witnesses": [(w.pair, w.name, w.expression) for w in verdict.witnesses] if graph else [],
        "reads": verdict.reads,
        "zero": verdict.zero,
        "limits": verdict.limits,
        "approximated": verdict.approximated,
    }


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", REINFORCE)
def test_reinforce_is_not_modular_however_coded(name: str, dtype: torch.dtype) -> None:
    verdict = audit(REINFORCE[name], inputs(dtype))
    assert verdict.answer is Answer.NOT_MODULAR
    assert set(verdict.pairs.values()) == {Answer.NOT_MODULAR}
    names = {witness.name for witness in verdict.witnesses}
    assert names & {"log-sum-exp", "softmax normaliser"}
    assert verdict.limits == ()
    assert verdict.approximated == ()


PLAIN = {"by hand", "loops", "log of softmax", "exponentials"}
"""Implementations without a logarithm: the gradients share the sum instead."""


@pytest.mark.parametrize("name", [name for name in REINFORCE if name not in PLAIN])
def test_its_witness_is_the_log_sum_exp_of_one_state(name: str) -> None:
    verdict = audit(REINFORCE[name], inputs())
    found = {w.expression for w in verdict.witnesses if w.name == "log-sum-exp"}
    assert found
    first = "log(exp(bids[0, 0]) + exp(bids[0, 1]) + exp(bids[0, 2]))"
    assert first in found


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_monte_carlo_shares_only_sums(dtype: torch.dtype) -> None:
    verdicts = [audit(rule, inputs(dtype)) for rule in MONTE_CARLO.values()]
    for verdict in verdicts:
        assert comparable(verdict) == comparable(verdicts[0])
    assert verdicts[0].answer is Answer.IMPLEMENTATION_DEPENDENT
    assert verdicts[0].joined_at_most == LATER
    assert {w.name for w in verdicts[0].witnesses} == {"discounted sum"}
    as_coded = [verdict.joined_as_coded for verdict in verdicts]
    assert as_coded[0], "a running return is shared"
    assert not as_coded[2], "rows of a matrix product are not shared"


@pytest.mark.parametrize(
    ("n", "answer"),
    [(1, Answer.MODULAR), (2, Answer.MODULAR), (3, Answer.IMPLEMENTATION_DEPENDENT)],
)
def test_n_step_targets(n: int, answer: Answer) -> None:
    rules = n_step(n)
    exact = {name: audit(rules[name], inputs()) for name in rules}
    for name, verdict in exact.items():
        assert verdict.joined_at_most == (
            LATER if answer is Answer.IMPLEMENTATION_DEPENDENT else frozenset()
        )
        if name == "differences of returns":
            # This code shares returns that cancel in the result.
            assert verdict.answer in {answer, Answer.IMPLEMENTATION_DEPENDENT}
        else:
            assert comparable(verdict) == comparable(exact["written out"])
            assert verdict.answer is answer


def _renamed(rule: Rule) -> Rule:
    return lambda reward, offers, action: rule(offers, reward, action)


@pytest.mark.parametrize("rule", [REINFORCE["log_softmax"], MONTE_CARLO["in place"]])
def test_names_and_order_of_inputs_change_only_names(rule: Rule) -> None:
    given = inputs()
    before = audit(rule, given)
    after = audit(
        _renamed(rule),
        {"reward": given["reward"], "offers": given["bids"], "action": given["action"]},
    )
    assert after.answer is before.answer
    assert after.pairs == before.pairs
    assert [w.name for w in after.witnesses] == [w.name for w in before.witnesses]
    assert {w.expression.replace("offers", "bids") for w in after.witnesses} == {
        w.expression for w in before.witnesses
    }


@pytest.mark.parametrize("rule", [REINFORCE["log_softmax"], MONTE_CARLO["backwards"]])
def test_order_of_the_gradients_changes_no_answer(rule: Rule) -> None:
    def reversed_rule(bids: Tensor, reward: Tensor, action: Tensor) -> Gradients:
        return dict(reversed(rule(bids, reward, action).items()))

    before, after = audit(rule, inputs()), audit(reversed_rule, inputs())
    assert {frozenset(pair): answer for pair, answer in after.pairs.items()} == {
        frozenset(pair): answer for pair, answer in before.pairs.items()
    }
    assert {(frozenset(w.pair), w.name, w.expression) for w in after.witnesses} == {
        (frozenset(w.pair), w.name, w.expression) for w in before.witnesses
    }


@pytest.mark.parametrize("rule", [REINFORCE["loops"], MONTE_CARLO["forwards"]])
def test_unused_computations_change_nothing(rule: Rule) -> None:
    def with_more(bids: Tensor, reward: Tensor, action: Tensor) -> Gradients:
        (bids.std() * reward.sum()).exp()
        before = rule(bids, reward, action)
        nothing = bids.logsumexp(0).sum() - bids.logsumexp(0).sum()
        return {name: (part + nothing) * 1 + 0 for name, part in before.items()}

    assert comparable(audit(with_more, inputs())) == comparable(audit(rule, inputs()))


@pytest.mark.parametrize("rule", [REINFORCE["log_softmax"], MONTE_CARLO["backwards"]])
def test_scaling_every_gradient_changes_nothing(rule: Rule) -> None:
    def scaled(bids: Tensor, reward: Tensor, action: Tensor) -> Gradients:
        return {name: -0.37 * part + 2 for name, part in rule(bids, reward, action).items()}

    assert (
        comparable(audit(scaled, inputs()))["pairs"] == comparable(audit(rule, inputs()))["pairs"]
    )
