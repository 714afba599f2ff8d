"""Each step's gradient by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from repro.causal import Answer, AuditError, audit
from repro.causal.auditing.steps import MOST, by_step, steps_of

if TYPE_CHECKING:
    from torch import Tensor

REWARDS = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)


def own_reward(rewards: Tensor) -> dict[str, Tensor]:
    return {"left": rewards * 2, "right": rewards - 1}


def test_the_first_axis_is_time() -> None:
    found = by_step(
        {
            "a": [torch.arange(6.0).view(2, 3), torch.tensor([7.0, 8.0])],
            "b": [torch.tensor(9.0)],
            "c": [],
        }
    )
    assert {name: [x.tolist() for x in tensors] for name, tensors in found.items()} == {
        "a[0]": [[0, 1, 2], 7],
        "a[1]": [[3, 4, 5], 8],
        "b": [9],
        "c": [],
    }
    assert steps_of(found) == {"a[0]": ("a", 0), "a[1]": ("a", 1)}


def test_every_pair_of_steps_gets_an_answer() -> None:
    verdict = audit(own_reward, {"rewards": REWARDS}, per="step")
    names = [f"{name}[{t}]" for name in ("left", "right") for t in range(3)]
    assert list(verdict.reads) == names
    assert len(verdict.pairs) == 15
    assert set(verdict.pairs.values()) == {Answer.MODULAR}
    assert verdict.read_slices == {name: (f"rewards{name[-3:]}",) for name in names}
    assert verdict.steps["right[2]"] == ("right", 2)


def test_steps_of_one_mechanism_may_depend_on_each_other() -> None:
    """Of the returns 0, 1 and 2, only the first two share a sum in every order: none; so it is the code."""

    def to_go(rewards: Tensor) -> dict[str, Tensor]:
        return {"only": rewards.flip(0).cumsum(0).flip(0)}

    verdict = audit(to_go, {"rewards": REWARDS}, per="step")
    assert verdict.pairs == {
        ("only[0]", "only[1]"): Answer.IMPLEMENTATION_DEPENDENT,
        ("only[0]", "only[2]"): Answer.MODULAR,
        ("only[1]", "only[2]"): Answer.MODULAR,
    }


def test_by_default_a_mechanism_is_one() -> None:
    verdict = audit(own_reward, {"rewards": REWARDS})
    assert list(verdict.reads) == ["left", "right"]
    assert verdict.steps == {}


def test_parameters_are_those_of_mechanisms() -> None:
    shared = torch.zeros(2)
    both = {"left": shared, "right": shared}
    verdict = audit(own_reward, {"rewards": REWARDS}, per="step", mechanisms=both)
    expected = {(f"left[{s}]", f"right[{t}]") for s in range(3) for t in range(3)}
    assert set(verdict.shared_parameters) == expected
    assert {pair for pair, x in verdict.pairs.items() if x is Answer.NOT_MODULAR} == expected
    apart = {"left": shared[:1], "right": shared[1:]}
    assert audit(own_reward, {"rewards": REWARDS}, per="step", mechanisms=apart).factorised
    with pytest.raises(AuditError, match="no parameters of right; given left"):
        audit(own_reward, {"rewards": REWARDS}, per="step", mechanisms={"left": shared})


def test_an_update_is_split_too() -> None:
    verdict = audit(
        own_reward,
        {"rewards": REWARDS},
        per="step",
        update=lambda given: {name: 0.1 * x for name, x in given.items()},
        verify=True,
    )
    assert len(verdict.reads) == 6
    assert not any(one.violates for one in verdict.interventions)


@pytest.mark.parametrize(
    ("gradients", "words"),
    [
        ({"a": torch.tensor(1.0)}, "given 1 gradients; expected 2 to 200"),
        ({"a": torch.zeros(1)}, "audit more steps or mechanisms"),
        ({"a": torch.zeros(MOST + 1)}, "given 201 gradients; expected 2 to 200"),
        ({"a": [torch.zeros(2), torch.zeros(3)]}, "shapes (2,), (3,); expected one first axis"),
        ({"a": [torch.zeros(2), torch.tensor(1.0)]}, "shapes (2,), (); expected one first axis"),
        ({"a[0]": torch.zeros(2)}, "mechanism 'a[0]' is named like one step of another"),
    ],
)
def test_what_cannot_be_split_is_refused_in_one_line(
    gradients: dict[str, Tensor], words: str
) -> None:
    with pytest.raises(AuditError) as caught:
        audit(lambda rewards: gradients, {"rewards": REWARDS}, per="step")  # noqa: ARG005
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(AuditError, match="per: given 'episode'; expected mechanism or step"):
        audit(own_reward, {"rewards": REWARDS}, per="episode")
