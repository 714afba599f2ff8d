"""Random rules with matrix products: one node for each result gives the verdict of one for each product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from repro.causal import audit
from repro.causal.tracing.operators import matrix_products

if TYPE_CHECKING:
    from collections.abc import Callable


SIZE = 4
NUMBERS = torch.randn(
    (5, SIZE, SIZE), generator=torch.Generator().manual_seed(3), dtype=torch.float64
)
Step = tuple[str, int, int, int]


def _masked(x: Tensor, cell: int) -> Tensor:
    mask = torch.ones(SIZE * SIZE, dtype=x.dtype)
    mask[cell :: SIZE + 1] = 0
    return x * mask.view(SIZE, SIZE)


STEPS: dict[str, Callable[[Tensor, Tensor, int], Tensor]] = {
    "product": lambda x, y, _: x @ y,
    "of transposed": lambda x, y, _: x.T @ y.T,
    "in a batch": lambda x, y, k: torch.bmm(torch.stack([x, y]), torch.stack([y, x]))[k % 2],
    "added to": lambda x, y, k: torch.addmm(x, y, x, beta=k % 2, alpha=1 - k),
    "factors": lambda x, y, _: x * y,
    "terms": lambda x, y, k: x + (k - 1) * y,
    "with ones": lambda x, _, k: torch.cat([x[:, :-1], torch.full_like(x[:, :1], k + 1.0)], 1),
    "masked": lambda x, _, k: _masked(x, k),
    "one row": lambda x, _, k: x[k].expand(SIZE, SIZE),
    "shifted": lambda x, _, k: x + k,
    "reciprocals": lambda x, _y, _k: 1 / x,
    "running sum": lambda x, _, k: x.cumsum(k % 2),
    "hidden": lambda x, _y, _k: x.tanh(),
    "selected": lambda x, y, _: torch.where(x == x.max(1, keepdim=True).values, y, 0.0),
    "row of the largest": lambda x, y, _: (
        torch.nn.functional.one_hot(x.argmax(1), SIZE).to(x.dtype) @ y
    ),
    "gradient": lambda x, y, _: torch.autograd.functional.vjp(
        lambda z: (z @ y.detach()).tanh(), x.detach(), y.detach()
    )[1],
}
"""Ways to make a matrix of two, and a number 0, 1 or 2."""
RESULTS: dict[str, Callable[[Tensor, Tensor, int], Tensor]] = {
    "element": lambda x, _, k: x[k, 0],
    "all": lambda x, _y, _k: x,
    "weighted": lambda x, own, k: own[k, 1] * x[1, 0],
    "remainder": lambda x, own, k: x[1, 0] - own[k, 0] * own[0, k],
    "sum": lambda x, own, k: x.sum() + own[0, k],
    "product with a factor": lambda x, own, k: ((own[0, 0] * x) @ x.T)[k, 1],
    "product with factors": lambda x, own, k: ((own * x) @ x.T)[k, 1],
}
"""Ways to make a gradient of a matrix, and one that belongs to the mechanism."""

FIELDS = ("pairs", "joined_as_coded", "joined_at_most", "reads", "zero", "limits", "approximated")
"""What must be equal; so must the number of hidden variables, unless there may be constants other than 0."""

_place = st.integers(0, 9)
_steps = st.lists(
    st.tuples(st.sampled_from([*STEPS, *["product"] * 8]), _place, _place, st.integers(0, 2)),
    min_size=1,
    max_size=6,
)
_results = st.lists(
    st.tuples(st.sampled_from(sorted(RESULTS)), _place, st.integers(0, 2)), min_size=2, max_size=3
)


def matrices(steps: list[Step], given_matrices: list[Tensor]) -> list[Tensor]:
    """Make matrices one after another, each of two earlier ones, counted from the last."""
    made = list(given_matrices)
    for name, i, j, k in steps:
        x, y = made[-1 - i % len(made)], made[-1 - j % len(made)]
        made.append(STEPS[name](x, y, k))
    return made


@pytest.mark.slow
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=_steps, results=_results, observed=st.booleans(), most=st.sampled_from([0, 0, 100]))
def test_random_rules(
    steps: list[Step],
    results: list[tuple[str, int, int]],
    most: int,
    *,
    observed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With 100, only products in batches have one node for each result, beside others with all products."""

    def rule(**inputs: Tensor) -> dict[str, Tensor]:
        x, y, *own = inputs.values()
        made = matrices(steps, [own[0], x, y])
        return {
            f"m{m}": RESULTS[name](made[-1 - i % len(made)], own[m], k)
            for m, (name, i, k) in enumerate(results)
        }

    def execution(**inputs: Tensor) -> Tensor:
        return inputs["x0"] @ inputs["x1"]

    inputs = {f"x{i}": x for i, x in enumerate(NUMBERS)}
    found: list[dict[str, Any]] = []
    for largest in (10**9, most):
        monkeypatch.setattr(matrix_products, "most_explicit", largest)
        verdict = audit(rule, inputs, execution=execution if observed else None)
        found.append({name: getattr(verdict, name) for name in FIELDS})
        if not {name for name, *_ in steps} & {"with ones", "shifted"}:
            found[-1]["hidden"] = verdict.hidden
    assert found[0] == found[1]
