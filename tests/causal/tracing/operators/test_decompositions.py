"""Decomposed operators: softmax, norms, losses, matrix products, layers, lists of tensors."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from tests.causal.tracing.forward_mode_oracle import (
    Case,
    backward,
    check,
    moved,
    traced,
    traced_ids,
)

TWO = ((2, 3), (2, 3))
MATRICES = ((2, 3), (3, 2))
BATCH = ((2, 2, 3), (2, 3, 2))
LABELS = torch.tensor([2, 0])


def _foreach(x: Tensor, y: Tensor) -> Tensor:
    first, second = [x[0] * 1, x[1] * 1], [y[0], y[1]]
    torch._foreach_mul_(first, 2.0)
    torch._foreach_add_(first, second, alpha=0.5)
    torch._foreach_addcmul_(first, second, second, value=0.3)
    torch._foreach_lerp_(first, second, 0.2)
    rows = torch._foreach_div(torch._foreach_exp(first), torch._foreach_add(second, 9.0))
    return (
        torch.stack(torch._foreach_maximum(rows, 1e-9))
        + torch.stack(torch._foreach_norm(first)).sum()
    )


def _foreach_lists(x: Tensor, y: Tensor) -> Tensor:
    first, second = [x[0] * 1, x[1] * 1], [y[0], y[1]]
    torch._foreach_addcdiv_(first, second, [y[1] + 9, y[0] + 9], [0.1, 0.2])
    torch._foreach_addcmul_(first, second, second, torch.tensor([0.5, 0.25]))
    torch._foreach_mul_(first, [2.0, 3.0])
    torch._foreach_add_(first, torch.tensor(2.0))
    torch._foreach_copy_(second := [torch.zeros(3).double() for _ in first], first)
    torch._foreach_zero_(first)
    return torch.stack(second) + torch.stack(torch._foreach_pow(2.0, second))


def _alike(first: Tensor, second: Tensor) -> Tensor:
    return F.cosine_similarity(first, second) + F.pairwise_distance(first, second)


CASES = [
    Case("softmax", lambda x: x.softmax(1)),
    Case("softmax first", lambda x: x.softmax(0)),
    Case("log_softmax", lambda x: x.log_softmax(-1)),
    Case("softmin", lambda x: F.softmin(x, 1)),
    Case("large softmax", lambda x: (100 * x).log_softmax(1), exact=False),
    Case("logsumexp", lambda x: x.logsumexp(1)),
    Case("logsumexp dims", lambda x: x.logsumexp((0, 1), keepdim=True) * x),
    Case("var std", lambda x: x.var(1) + x.std(1)),
    Case("var all", lambda x: x.var() * x.std(unbiased=False)),
    Case("var correction", lambda x: x.var((0, 1), correction=0, keepdim=True) * x),
    Case("std_mean var_mean", lambda x: torch.stack(torch.std_mean(x, 1)) + torch.stack(torch.var_mean(x))[:, None]),
    Case("normalised", lambda x: (x - x.mean()) / (x.std() + 1e-8)),
    Case("cov corrcoef", lambda x: torch.cov(x) + torch.corrcoef(x), exact=False),
    Case("norm", lambda x: x.norm() + x.norm(dim=1).sum()),
    *(Case(f"norm {p}", lambda x, p=p: x.norm(p, 1)) for p in (1, 3, float("inf"), -1)),
    Case("norm 0", lambda x: torch.linalg.vector_norm(x, 0) * x.sum(), exact=False, backward=False),
    Case("frobenius", lambda x: torch.linalg.matrix_norm(x) + torch.linalg.norm(x)),
    Case("normalize", lambda x: F.normalize(x, dim=1)),
    Case("dist", torch.dist, TWO),
    Case("cosine and distance", _alike, TWO, exact=False),
    Case("mm", torch.mm, MATRICES),
    Case("matmul batch", torch.matmul, BATCH),
    Case("matmul broadcast", torch.matmul, ((2, 2, 3), (3, 2))),
    Case("matmul vector", torch.matmul, ((2, 3), (3,))),
    Case("bmm", torch.bmm, BATCH),
    Case("mv dot", lambda x, y: x.mv(y) * y.dot(y), ((2, 3), (3,))),
    Case("vdot inner", lambda x, y: torch.vdot(x[0], y[0]) + torch.inner(x, y), TWO),
    Case("addmm", lambda z, x, y: torch.addmm(z, x, y, beta=0.5, alpha=2), ((2, 2), *MATRICES)),
    Case("addmm_", lambda z, x, y: (z * 1).addmm_(x, y), ((2, 2), *MATRICES)),
    Case("addmv addr", lambda x, y: torch.addmv(x[:, 0], x, y) + x[:, :2].addr(y[:2], y[1:]), ((2, 3), (3,))),
    Case("baddbmm", lambda z, x, y: torch.baddbmm(z, x, y, beta=0.5), ((2, 2), *BATCH)),
    Case("addbmm", torch.addbmm, ((2, 2), *BATCH), approximated=frozenset({"addbmm"})),
    Case("outer kron", lambda x, y: torch.outer(x[0], y[0]) + torch.kron(x[0, :1], y[1])[None], TWO),
    Case("cross", torch.linalg.cross, TWO),
    Case("einsum", lambda x, y: torch.einsum("ij,jk->ki", x, y), MATRICES),
    Case("einsum trace", lambda x, y: torch.einsum("bij,bji->b", x, y), BATCH),
    Case("tensordot", lambda x, y: torch.tensordot(x, y, dims=([1], [0])), MATRICES),
    Case("matrix power", lambda x: torch.linalg.matrix_power(x, 3), ((2, 2),)),
    Case("cumulative logits", lambda x: x.logaddexp(x.flip(0))),
    Case("mse", F.mse_loss, TWO),
    Case("mse none", lambda x, y: F.mse_loss(x, y, reduction="none"), TWO),
    Case("l1", lambda x, y: F.l1_loss(x, y, reduction="sum"), TWO),
    Case("huber", lambda x, y: F.huber_loss(x, y, reduction="none", delta=0.5), TWO),
    Case("smooth l1", lambda x, y: F.smooth_l1_loss(x, y, reduction="none"), TWO),
    Case("nll", lambda x: F.nll_loss(x, LABELS)),
    Case("nll weighted", lambda x: F.nll_loss(x, LABELS, weight=torch.tensor([1.0, 2, 3]).double(), reduction="none"), exact=False),
    Case("cross entropy", lambda x: F.cross_entropy(x, LABELS)),
    Case("cross entropy none", lambda x: F.cross_entropy(x, LABELS, reduction="none", label_smoothing=0.1)),
    Case("cross entropy ignored", lambda x: F.cross_entropy(x, torch.tensor([1, -100]))),
    Case("cross entropy to probabilities", lambda x, y: F.cross_entropy(x, y.softmax(1)), TWO),
    Case("bce with logits", lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction="none"), TWO),
    Case("bce", lambda x, y: F.binary_cross_entropy(x.sigmoid(), y.sigmoid()), TWO),
    Case("kl", lambda x, y: F.kl_div(x.log_softmax(1), y.softmax(1), reduction="sum"), TWO),
    Case("poisson", F.poisson_nll_loss, TWO),
    Case("margins", lambda x, y: F.margin_ranking_loss(x, y, torch.ones(2, 3)) + F.soft_margin_loss(x, y.detach()), TWO),
    Case("glu", lambda x: F.glu(x, 1), ((2, 4),)),
    Case("layer norm", lambda x: F.layer_norm(x, (3,)), exact=False),
    Case("layer norm affine", lambda x, w: F.layer_norm(x, (3,), w, w), ((2, 3), (3,))),
    Case("group norm", lambda x: F.group_norm(x, 2), ((2, 4),), exact=False),
    Case("rms norm", lambda x: F.rms_norm(x, (3,))),
    Case("batch norm", lambda x: F.batch_norm(x, None, None, training=True), ((3, 2),)),
    Case("batch norm at rest", lambda x, m, v: F.batch_norm(x, m * 1, v * 1), ((2, 3), (3,), (3,)), positive=True, backward=False),
    Case("linear", F.linear, ((2, 3), (4, 3), (4,))),
    Case("attention", F.scaled_dot_product_attention, (*TWO, (2, 3))),
    Case("lists", _foreach, TWO),
    Case("more lists", _foreach_lists, TWO, backward=False),
    Case("max pool", lambda x: F.max_pool1d(x, 2), ((2, 4),), approximated=frozenset({"max"}), exact=False, backward=False),
    Case("convolution", lambda x, w: F.conv1d(x[None], w[:, None]), ((1, 4), (2, 2))),
    Case("convolution with padding", lambda x, w, b: F.conv1d(x, w, b, padding=1), ((2, 1, 4), (2, 1, 2), (2,))),
    Case("convolution with steps", lambda x, w: F.conv1d(x, w, padding=2, stride=2, dilation=2), ((1, 2, 5), (1, 2, 3))),
    Case("convolution of groups", lambda x, w, b: F.conv2d(x, w, b, padding=(1, 0), groups=2), ((1, 4, 2, 3), (2, 2, 2, 2), (2,))),
    Case("inverse", torch.linalg.inv, ((2, 2),), approximated=frozenset({"linalg_inv_ex"}), backward=False),
    Case("solve", torch.linalg.solve, ((2, 2), (2,)), approximated=frozenset({"_linalg_solve_ex"}), backward=False),
    Case("cdist", torch.cdist, TWO, approximated=frozenset({"_cdist_forward", "_cdist_backward"})),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_forward(case: Case) -> None:
    check(case, case.function, exact=case.exact)


@pytest.mark.slow
@pytest.mark.parametrize("case", [c for c in CASES if c.backward], ids=lambda case: case.name)
def test_backward(case: Case) -> None:
    check(case, backward(case), exact=False)


@pytest.mark.slow
@pytest.mark.parametrize("case", [c for c in CASES if not c.approximated], ids=lambda c: c.name)
def test_decompositions_give_the_same_numbers(case: Case) -> None:
    """The results with and without a trace are equal up to rounding."""
    for function in (case.function, *([backward(case)] if case.backward else [])):
        arguments = case.points()[0]
        expected = function(*[x.clone() for x in arguments])
        found: list[Tensor] = []

        def kept(
            *given: Tensor, function: object = function, found: list[Tensor] = found
        ) -> Tensor:
            found.append(function(*given))  # type: ignore[operator]  # it is a function
            return found[0]

        traced(kept, arguments)
        torch.testing.assert_close(found[0], expected, rtol=1e-9, atol=1e-9)


def test_running_statistics_are_written() -> None:
    def function(x: Tensor) -> Tensor:
        mean, variance = torch.zeros(2).double(), torch.ones(2).double()
        F.batch_norm(x, mean, variance, training=True)
        return torch.cat([mean, variance])

    x = torch.randn(3, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found, _ = traced(function, [x])
    assert found == moved(function, [x])


@pytest.mark.parametrize("layer", [nn.RNN(1, 2), nn.GRU(1, 2), nn.LSTM(1, 2)], ids=["rnn", "gru", "lstm"])  # fmt: skip
def test_recurrent_layers(layer: nn.Module) -> None:
    layer = layer.double()
    for parameter in layer.parameters():  # initial ones are drawn from torch's global generator
        wave = torch.arange(parameter.numel(), dtype=torch.float64).sin()
        parameter.data = 0.3 + 0.2 * wave.view(parameter.shape)
    x = torch.randn(3, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def function(x: Tensor) -> Tensor:
        out: Tensor = layer(x)[0]
        return out

    found, trace = traced(function, [x])
    inputs = [{pair for pair in reach if pair[0] == 0} for reach in found]
    assert not trace.approximated
    assert inputs == moved(function, [x])


def test_log_sum_exp_is_one_node_for_numbers_of_any_size() -> None:
    """The log-sum-exp of a row is one node, no matter which rows it is computed with."""
    for size in (1.0, 60.0, 600.0):
        x = size * torch.tensor([[1.0, 0.1, 0.2], [0.3, 1.1, 0.4]], dtype=torch.float64)
        found, _ = traced_ids(
            lambda x: torch.stack([
                -x.log_softmax(-1)[0, 2],
                x[0].logsumexp(0) - x[0, 2],
                x.flip(0).logsumexp(1)[1] - x[0, 2],
                F.cross_entropy(x, LABELS, reduction="none")[0],
            ]),
            [x],
        )  # fmt: skip
        assert len(set(found)) == 1, f"at numbers of {size}"
