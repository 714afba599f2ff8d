"""Rules that are written with NumPy: the same answers as written with torch, or one clear error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from repro.causal import Answer, AuditError, assert_modular, audit, audit_diff

if TYPE_CHECKING:
    from collections.abc import Callable

GAMMA, LAMBDA = 0.9, 0.8
REWARDS = np.array([0.3, 0.5, 0.1])
VALUES = np.array([0.1, 0.2, 0.5, 0.3])
ENDS = np.array([0, 1, 0])
GAE_INPUTS = {"rewards": REWARDS, "values": VALUES, "ends": ENDS}


def gae(rewards: Any, values: Any, ends: Any) -> dict[str, Any]:  # noqa: ANN401 - NumPy or torch
    """Compute generalised advantages backwards in time, as many libraries do."""
    advantages = np.zeros_like(rewards)
    last = 0.0
    for t in reversed(range(len(rewards))):
        goes_on = 1 - ends[t]
        error = rewards[t] + GAMMA * values[t + 1] * goes_on - values[t]
        last = error + GAMMA * LAMBDA * goes_on * last
        advantages[t] = last
    return dict(zip("abc", advantages, strict=True))


def gae_in_torch(rewards: Any, values: Any, ends: Any) -> dict[str, Any]:  # noqa: ANN401 - tensors
    goes_on = 1 - ends
    errors = rewards + GAMMA * values[1:] * goes_on - values[:-1]
    found = [errors[2]]
    for t in (1, 0):
        found.append(errors[t] + GAMMA * LAMBDA * goes_on[t] * found[-1])
    return dict(zip("cba", found, strict=True))


def normalised(**inputs: Any) -> dict[str, Any]:  # noqa: ANN401 - arrays
    """Collect computed numbers in a list, as many libraries do, and normalise them."""
    made = np.array(list(gae(**inputs).values()))
    return {"a": (made - made.mean())[0] / made.std(), "b": (made - np.mean(made))[1:] / made.std()}


def td(values: Any, rewards: Any, state: Any, successor: Any) -> dict[str, Any]:  # noqa: ANN401 - arrays
    """Update a table in place, transition by transition; each state is visited once."""
    table = values.copy()
    for s, s2, reward in zip(state, successor, rewards, strict=True):
        table[s] += 0.1 * (reward + GAMMA * table[s2] - table[s])
    return {f"state {k}": x for k, x in enumerate(table - values)}


def test_ends_of_episodes_are_truth_values_and_reads_stop_at_them() -> None:
    def returns(rewards: Any, done: Any) -> dict[str, Any]:  # noqa: ANN401 - NumPy or torch
        found, total = np.zeros_like(rewards), 0.0
        for t in reversed(range(len(rewards))):
            total = rewards[t] + GAMMA * total * ~done[t]
            found[t] = total
        return {"return": found}

    inputs = {"rewards": REWARDS, "done": np.array([False, True, False])}
    verdict = audit(returns, inputs, per="step", numpy=True)
    slices = {"return[0]": ("rewards[0:2]",), "return[1]": ("rewards[1]",)}
    assert verdict.read_slices == {**slices, "return[2]": ("rewards[2]",)}
    forgetful = audit(
        lambda rewards, done: returns(rewards, done & False), inputs, per="step", numpy=True
    )
    with pytest.raises(AssertionError, match="across the end of an episode at step 1"):
        forgetful.assert_not_reads("return[0]", "rewards[2]", ends="done")


def test_gae_reads_and_computes_what_it_does_in_torch() -> None:
    verdict = audit(gae, GAE_INPUTS, numpy=True, verify=True)
    of_torch = audit(gae_in_torch, {name: torch.tensor(x) for name, x in GAE_INPUTS.items()})
    assert not audit_diff(of_torch, verdict)
    assert verdict.formulas == of_torch.formulas
    # By hand: the first advantage ends with the episode, at step 1.
    verdict.assert_reads("a", "rewards[:2]", "values[:2]", only={"rewards[:2]", "values[:2]"})
    assert not any(one.violates for one in verdict.interventions)
    assert verdict.pairs["a", "c"] is Answer.MODULAR
    assert verdict.pairs["a", "b"] is Answer.IMPLEMENTATION_DEPENDENT


def test_one_deviation_of_all_advantages_is_shared() -> None:
    verdict = audit(normalised, GAE_INPUTS, numpy=True)
    assert verdict.answer is Answer.NOT_MODULAR
    assert "standard deviation" in {one.name for one in verdict.witnesses}
    assert verdict.limits == ()


def test_td_is_modular() -> None:
    steps = np.arange(3)
    inputs = {"values": VALUES, "rewards": REWARDS, "state": steps, "successor": steps + 1}
    verdict = assert_modular(td, inputs, numpy=True)
    for k in range(3):
        verdict.assert_reads(f"state {k}", only={f"rewards[{k}]", f"values[{k}:{k + 2}]"})
    assert verdict.reads["state 3"] == frozenset()


def test_update_and_execution_are_of_arrays_too() -> None:
    """A norm over all gradients couples them (talk:150), unless it is observed."""

    def rule(x: Any) -> dict[str, Any]:  # noqa: ANN401 - an array
        return {"a": x[:2], "b": x[2:]}

    def clipped(gradients: Any) -> dict[str, Any]:  # noqa: ANN401 - arrays by name
        norm = np.linalg.norm(np.concatenate(list(gradients.values())))
        return {name: x / np.maximum(norm, 0.1) for name, x in gradients.items()}

    def factor(x: Any) -> Any:  # noqa: ANN401 - an array
        return 1 / np.maximum(np.linalg.norm(x), 0.1)

    coupled = audit(rule, {"x": VALUES}, update=clipped, numpy=True)
    assert coupled.answer is Answer.NOT_MODULAR
    assert_modular(rule, {"x": VALUES}, update=clipped, execution=factor, numpy=True)


def _missing(x: Any) -> dict[str, Any]:  # noqa: ANN401 - an array
    return {"a": np.interp(x[0], x, x), "b": x[1]}


def _method(x: Any) -> dict[str, Any]:  # noqa: ANN401 - an array
    return {"a": np.add.accumulate(x), "b": x[1]}


def _kept(x: Any) -> dict[str, Any]:  # noqa: ANN401 - an array
    first = x[0]
    x[0] = 7
    return {"a": first * 2, "b": x[1]}


def _imported_inside(x: Any) -> dict[str, Any]:  # noqa: ANN401 - an array
    import numpy as own  # noqa: ICN001, PLC0415 - another name

    return {"a": own.exp(x), "b": x[1]}


def _copied_inside(x: Any) -> dict[str, Any]:  # noqa: ANN401 - an array
    from numpy import asarray  # noqa: PLC0415

    return {"a": asarray(x, float) * 2, "b": x[1]}


def _random(x: Any) -> dict[str, Any]:  # noqa: ANN401 - an array
    return {"a": x[0] * np.random.normal(), "b": x[1]}  # noqa: NPY002 - what a rule may do


def _broken(x: Any) -> dict[str, Any]:  # noqa: ANN401 - an array
    return {"a": x.reshape(7), "b": x[1]}


CANNOT = r"NumPy can do this and torch's NumPy front end cannot: use other functions of NumPy, imported at the top"
REFUSED: dict[Callable[..., Any], str] = {
    _missing: r"numpy\.interp is not in torch's NumPy front end \(LINE\); use other functions of NumPy",
    _method: rf"no attribute 'accumulate' \(LINE\); {CANNOT}",
    _imported_inside: rf"raised TypeError.*; {CANNOT}",
    _copied_inside: rf"'a' is a ndarray; expected.*; {CANNOT}",
    _kept: r"'a' is another one with torch's NumPy front end than with NumPy.*let it copy\(\) the element",
    _random: r"'a' differs when the rule runs again.*draw random numbers before",
    _broken: r"^the rule raised ValueError: cannot reshape array of size 4 into shape \(7,\) \(LINE\); it was given x \[4\]$",
}


@pytest.mark.parametrize("rule", REFUSED)
def test_what_the_front_end_cannot_do_is_one_clear_error(rule: Callable[..., Any]) -> None:
    line = f"test_numpy_rule.py:{rule.__code__.co_firstlineno + 1}"
    with pytest.raises(AuditError, match=REFUSED[rule].replace("LINE", line)) as caught:
        audit(rule, {"x": VALUES}, numpy=True)
    assert "\n" not in str(caught.value)


def test_an_element_that_is_copied_is_kept() -> None:
    def rule(x: Any) -> dict[str, Any]:  # noqa: ANN401 - an array
        first = x[0].copy()
        x[0] = 7
        return {"a": first * 2, "b": x[1] * x[0]}

    verdict = audit(rule, {"x": VALUES}, numpy=True)
    assert verdict.reads == {"a": {"x[0]"}, "b": {"x[1]"}}


@pytest.mark.parametrize(
    ("left", "through"),
    [(lambda x: np.mean([x[0], x[1]]), "tolist"), (lambda x: x * float(x.sum()), "item or float")],
)
def test_numbers_that_leave_the_front_end_are_found(
    left: Callable[[Any], Any], through: str
) -> None:
    verdict = audit(lambda x: {"a": left(x), "b": x[1]}, {"x": VALUES}, numpy=True)
    assert verdict.answer is Answer.UNDETERMINED
    assert any(f"through {through} (test_numpy_rule.py:" in limit for limit in verdict.limits)


def test_arrays_are_inputs_only_of_rules_in_numpy() -> None:
    with pytest.raises(AuditError, match="'rewards': given a ndarray; expected a tensor"):
        audit(gae, GAE_INPUTS)
