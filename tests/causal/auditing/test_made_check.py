"""What a step computes outside of torch is no data; what it only takes from arrays and lists is."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from repro.causal import Answer, audit_module
from tests.causal.auditing import elsewhere

if TYPE_CHECKING:
    from collections.abc import Callable

    from repro.causal import Verdict

MODULAR, NOT_MODULAR, UNDETERMINED = Answer.MODULAR, Answer.NOT_MODULAR, Answer.UNDETERMINED
STEPS = 6
NUMBERS = np.random.default_rng(0).normal(size=STEPS)


@dataclass
class Record:
    """A transition, as replay buffers have it."""

    reward: float
    done: bool


class Buffer:
    """The same rewards in all the ways in which agents keep them."""

    def __init__(self) -> None:
        self.rewards = NUMBERS.astype(np.float32)
        self.values = np.cos(NUMBERS).astype(np.float32)
        self.ones = np.ones(STEPS, dtype=np.float32)
        self.whole = np.arange(STEPS)[::-1] ** 2
        self.listed: list[float] = NUMBERS.tolist()
        self.counts = [3, 0, 2, 5, 1, 4]
        self.pairs = deque((k, x) for k, x in enumerate(self.listed))
        self.dicts = [[{"reward": x}] for x in self.listed]
        self.records = [Record(x, done=k % 3 == 2) for k, x in enumerate(self.listed)]
        self.done = np.array([0, 0, 1, 0, 0, 1], dtype=np.float32)
        self.index = np.array([5, 2, 0, 1, 4, 3])
        self.room = np.zeros(STEPS, dtype=np.float32)
        self.view = torch.from_numpy(self.room)


BUFFER = Buffer()
LEFT, RIGHT = nn.Parameter(torch.tensor(1.0)), nn.Parameter(torch.tensor(2.0))


def returns(rewards: Any) -> list[Any]:  # noqa: ANN401 - numbers of any kind
    """Discount over all rewards, also across the ends of episodes."""
    found: list[Any] = []
    for x in reversed(list(rewards)):
        found.insert(0, x + 0.9 * (found[0] if found else 0))
    return found


def normalised(x: Any) -> Any:  # noqa: ANN401 - an array or a tensor
    return (x - x.mean()) / x.std()


def audited(weights: Callable[[], Tensor]) -> Verdict:
    """Audit two mechanisms, each of which weighs one half of the steps."""

    def step() -> Tensor:
        given = weights()
        half = len(given) // 2
        loss: Tensor = (LEFT * given[:half]).sum() + (RIGHT * given[half:]).sum()
        return loss

    return audit_module(step, {"left": LEFT, "right": RIGHT})


TAKEN: dict[str, Callable[[], Tensor]] = {
    "an array": lambda: torch.as_tensor(BUFFER.rewards),
    "an array in other order": lambda: torch.from_numpy(BUFFER.rewards[BUFFER.index]),
    "an array, copied": lambda: torch.tensor(BUFFER.rewards.astype(np.float64)).float(),
    "a list": lambda: torch.tensor(BUFFER.listed),
    "pairs in a deque": lambda: torch.tensor([x for _, x in BUFFER.pairs]),
    "dicts in lists": lambda: torch.tensor([x["reward"] for (x,) in BUFFER.dicts]),
    "records": lambda: torch.tensor([x.reward for x in BUFFER.records]),
    "whole numbers": lambda: torch.tensor(BUFFER.whole).float(),
    "factors": lambda: torch.stack([torch.ones(()) * x for x in BUFFER.listed]),
    "constants": lambda: torch.tensor([0.5, 0.25, 0.125, 1.0, 0.5, 0.3]),
    "masks": lambda: torch.as_tensor(1 - BUFFER.done),
    "masks of truth values": lambda: torch.tensor([1.0 - x.done for x in BUFFER.records]),
    "a maximum": lambda: torch.tensor([max(BUFFER.listed)] * STEPS),
}


@pytest.mark.parametrize("case", TAKEN)
def test_numbers_that_are_only_taken_are_given(case: str) -> None:
    verdict = audited(TAKEN[case])
    assert (verdict.answer, verdict.limits, verdict.unproven) == (MODULAR, (), ())


def overwritten() -> Tensor:
    BUFFER.room[:] = normalised(BUFFER.rewards)
    return BUFFER.view


def in_place() -> Tensor:
    made = torch.zeros(STEPS)
    for k, x in enumerate(normalised(BUFFER.rewards)):
        made[k] = float(x)
    return made


COMPUTED: dict[str, Callable[[], Tensor]] = {
    "an array": lambda: torch.as_tensor(normalised(BUFFER.rewards)),
    "an array, copied": lambda: torch.tensor(normalised(BUFFER.rewards)),
    "a list of NumPy's numbers": lambda: torch.tensor(list(normalised(BUFFER.rewards))),
    "a list": lambda: torch.tensor(returns(BUFFER.listed)),
    "from records": lambda: torch.tensor(returns(x.reward for x in BUFFER.records)),
    "from ones": lambda: torch.as_tensor(normalised(np.array(returns(BUFFER.ones)))).float(),
    "from whole numbers": lambda: torch.tensor(returns(BUFFER.whole)),
    "from whole numbers in a list": lambda: torch.tensor(returns(BUFFER.counts)),
    "factors": lambda: torch.stack([torch.ones(()) * x for x in returns(BUFFER.listed)]),
    "a factor of a comparison": lambda: torch.ones(STEPS) * (2.5 if BUFFER.rewards.sum() > 0 else -1.5),
    "in the agent's own memory": overwritten,
    "in the memory of a tensor": in_place,
    "with all data alike": lambda: torch.tensor(returns(BUFFER.rewards * BUFFER.values)),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", COMPUTED)
def test_numbers_that_are_computed_are_not(case: str) -> None:
    verdict = audited(COMPUTED[case])
    assert verdict.answer is UNDETERMINED
    (limit,) = verdict.limits
    assert "left and right read numbers that the step computes outside of torch" in limit
    assert "compute them with torch" in limit
    where = "BUFFER.view" if COMPUTED[case] is overwritten else "(test_made_check.py:"
    assert where in limit
    assert verdict.unseen == {"left", "right"}
    assert not any("tensor of" in name for name in verdict.conditioned)


def test_what_torch_computes_from_a_list_is_followed() -> None:
    """Numbers of a list are data, so that their standard deviation is a hidden variable."""
    verdict = audited(lambda: normalised(torch.tensor(BUFFER.listed)))
    assert (verdict.answer, verdict.limits) == (NOT_MODULAR, ())
    assert "standard deviation" in {one.name for one in verdict.witnesses}


def test_numbers_computed_from_other_data_have_nothing_in_common() -> None:
    own = returns(BUFFER.rewards[:3]), returns(BUFFER.values[:3])
    assert own[0] != own[1]
    apart = audited(lambda: torch.tensor(returns(BUFFER.rewards[:3]) + returns(BUFFER.values[:3])))
    assert (apart.answer, apart.limits) == (MODULAR, ())
    together = audited(
        lambda: torch.tensor(returns(BUFFER.rewards[:3] + BUFFER.values[3:]) + returns(BUFFER.values[:3]))
    )  # fmt: skip
    assert together.answer is UNDETERMINED


def test_data_that_have_no_effect_here_count_all_the_same() -> None:
    """The larger of two numbers follows only one of them, until the other one is larger."""
    high, low = np.array([3.0, 2.0]), np.array([0.1, 0.2])

    def weights() -> Tensor:
        return torch.tensor([1.5 * max(high[0], low[0]), 1.5 * low[0]])

    assert audited(weights).answer is UNDETERMINED


def test_one_gradient_alone_may_read_what_is_computed() -> None:
    verdict = audited(lambda: torch.tensor([*returns(BUFFER.listed[:2]), 1.0, BUFFER.listed[3]]))
    assert (verdict.answer, verdict.limits) == (MODULAR, ())
    assert verdict.unseen == {"left"}


def branching() -> np.ndarray:
    """Compute something else if the data are not these."""
    same = np.array_equal(BUFFER.rewards, NUMBERS.astype(np.float32))
    return normalised(BUFFER.rewards) if same else np.zeros(2)


@pytest.mark.parametrize(
    ("weights", "name"),
    [
        (lambda: torch.as_tensor(elsewhere.normalised()), "tensor of 4 (test_made_check.py:"),
        (lambda: torch.tensor(elsewhere.listed()), "4 numbers of Python (test_made_check.py:"),
        (lambda: torch.as_tensor(branching()), "because it runs other code with other data"),
    ],
)
def test_what_cannot_be_told_is_named(weights: Callable[[], Tensor], name: str) -> None:
    verdict = audited(weights)
    assert verdict.answer is MODULAR
    assert any(name in one for one in verdict.unproven)
    assert verdict.to_dict()["unproven"] == list(verdict.unproven)


def test_the_data_are_as_before() -> None:
    before = Buffer()
    audited(COMPUTED["with all data alike"])
    for name, x in vars(before).items():
        now = getattr(BUFFER, name)
        same = torch.equal(x, now) if isinstance(x, Tensor) else np.array_equal(x, now)
        assert same if isinstance(x, (Tensor, np.ndarray)) else x == now
