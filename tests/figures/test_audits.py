"""Pictures of a verdict: what gradients share stands out, and rows are what the same gradients read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from matplotlib.colors import to_hex

from repro.causal import Verdict, audit
from repro.figures import audit_graph, audit_reads
from repro.figures.audits import MOST_ROWS
from repro.figures.causal import TINT

if TYPE_CHECKING:
    from torch import Tensor

    from repro.figures import Picture

REWARD, BASELINE = torch.rand(3), torch.rand(3)


def two_actors(logit_a: Tensor, reward: Tensor, baseline: Tensor) -> dict[str, Tensor]:
    """Give two actors the advantages of three steps; the last is an error, the others are discounted sums."""
    returns = reward + torch.cat([0.9 * reward[1:], reward.new_zeros(1)])
    advantages = returns - baseline
    return {"actor_a": advantages * logit_a, "actor_b": advantages.exp()}


def shared(per: str = "mechanism") -> Verdict:
    inputs = {"logit_a": torch.rand(3), "reward": REWARD, "baseline": BASELINE}
    return audit(two_actors, inputs, per=per)


def rows(picture: Picture) -> dict[str, list[float]]:
    axes = picture.figure.axes[0]
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    cells: list[list[float]] = np.asarray(axes.images[0].get_array()).tolist()
    return dict(zip(names, cells, strict=True))


def test_everything_that_gradients_share_is_filled() -> None:
    verdict = shared()
    kinds = {witness.name for witness in verdict.witnesses}
    assert kinds == {"discounted sum", "temporal-difference error"}
    patches = audit_graph(verdict).figure.axes[0].patches
    filled = {str(one.get_label()) for one in patches if to_hex(one.get_facecolor()) == TINT}
    assert {name.partition(":")[0] for name in filled} == kinds


def test_what_only_one_gradient_needs_is_not_filled() -> None:
    """The norm of two numbers is shared by a and b; that of all four is drawn, but c alone needs it."""

    def rule(x: Tensor) -> dict[str, Tensor]:
        return {"a": x[:2].norm() * x[2], "b": x[:2].norm(), "c": x[3] / x.norm()}

    verdict = audit(rule, {"x": torch.rand(4)})
    patches = audit_graph(verdict).figure.axes[0].patches
    fills = {str(one.get_label()): to_hex(one.get_facecolor()) for one in patches}
    norms = {name: fills[name] for name in verdict.graph.nodes if name.startswith("norm")}
    assert norms == {
        "norm: sqrt(x[0] × x[0] + x[1] × x[1])": TINT,
        "norm: sqrt(… + … + … + …)": "#ffffff",
    }


def test_the_title_says_that_hidden_variables_are_left_out() -> None:
    verdict = shared()
    title = audit_graph(verdict, what="mine.py").figure.axes[0].get_title("left").replace("\n", " ")
    assert title == (
        f"mine.py: not modular. Of {verdict.hidden} hidden variables it shows 2; arrows lead through the others"
    )
    one = audit(lambda x: {"a": x.exp(), "b": x.exp() + 1}, {"x": torch.tensor(0.5)})
    assert one.hidden == 1
    assert audit_graph(one).figure.axes[0].get_title("left") == "the rule: not modular"


def test_names_in_the_graph_are_those_of_the_code() -> None:
    texts = {text.get_text() for text in audit_graph(shared()).figure.axes[0].texts}
    assert {"gradient of actor_a", "gradient of actor_b", "logit_a[0]"} <= texts


def test_a_row_is_what_the_same_gradients_read() -> None:
    assert rows(audit_reads(shared())) == {"logit_a": [1, 0], "reward": [1, 1], "baseline": [1, 1]}
    found = rows(audit_reads(shared("step")))
    both = [0, 1, 0, 0, 1, 0]
    assert found["reward[0]"] == [1, 0, 0, 1, 0, 0]
    assert found["reward[1]"] == [1, 1, 0, 1, 1, 0]
    assert found["baseline[1]"] == both


def test_rows_of_a_layer_that_different_gradients_read_are_different_rows() -> None:
    weight = torch.rand(4, 2)

    def rule(weight: Tensor) -> dict[str, Tensor]:
        return {"a": weight[0].exp(), "b": weight[1:3].exp()}

    picture = audit_reads(audit(rule, {"weight": weight}))
    assert rows(picture) == {
        "weight[0, :]": [1, 0],
        "weight[1:3, :]": [0, 1],
        "weight[3, :]": [0, 0],
    }
    assert picture.alt == (
        "the rule: what each gradient reads. a reads weight[0, :]; b reads weight[1:3, :]."
    )


def test_separate_slices_of_one_input_have_its_name_once() -> None:
    def rule(x: Tensor) -> dict[str, Tensor]:
        return {"even": x[::2].exp(), "odd": x[1::2].exp()}

    found = rows(audit_reads(audit(rule, {"x": torch.rand(8)})))
    assert found == {"x[0], [2], [4] … and 1 more": [1, 0], "x[1], [3], [5] … and 1 more": [0, 1]}


def test_more_parts_than_rows_are_shares_of_inputs() -> None:
    number = MOST_ROWS + 1

    def rule(x: Tensor, y: Tensor) -> dict[str, Tensor]:
        return {f"g{k}": x[k].exp() + y for k in range(number)}

    found = rows(audit_reads(audit(rule, {"x": torch.rand(number), "y": torch.rand(())})))
    assert list(found) == ["x", "y"]
    assert set(found["x"]) == {1 / number}
    assert set(found["y"]) == {1}


def test_the_title_says_if_gradients_may_read_more() -> None:
    def rule(x: Tensor) -> dict[str, Tensor]:
        return {"a": torch.tensor(x[0].tolist()) + x[1], "b": x[1].exp()}

    verdict = audit(rule, {"x": torch.rand(2)})
    title = " ".join(audit_reads(verdict).figure.get_suptitle().split())
    assert verdict.unseen
    assert title == (
        "the rule: what each gradient reads at least; "
        f"{'all' if len(verdict.unseen) == 2 else 'some'} may read more than could be traced"
    )
