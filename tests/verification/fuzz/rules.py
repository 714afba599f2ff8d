"""Odd arguments of an audit: inputs, gradients, updates, executions."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import torch
from hypothesis import strategies as st

from repro.causal import audit
from tests.verification.fuzz.bounds import refused
from tests.verification.fuzz.oddities import names as lines
from tests.verification.fuzz.programs import prepare
from tests.verification.fuzz.running import Property

if TYPE_CHECKING:
    from collections.abc import Callable


def _inference() -> torch.Tensor:
    with torch.inference_mode():
        return torch.ones(2)


def _long(x: torch.Tensor) -> torch.Tensor:
    for _ in range(25):
        x = x.sin() + 1
    return x


def _recurs(x: torch.Tensor) -> torch.Tensor:
    return _recurs(x)


def _fails() -> None:
    raise AssertionError


def _raise(error: BaseException) -> None:
    raise error


TENSORS: dict[str, Callable[[], Any]] = {
    "two": lambda: torch.tensor([0.5, 1.5]),
    "doubles": lambda: torch.tensor([[0.5, -1.5], [2.0, 0.25]], dtype=torch.float64),
    "halves": lambda: torch.tensor([0.5, 1.5], dtype=torch.float16),
    "brains": lambda: torch.tensor([0.5, 1.5], dtype=torch.bfloat16),
    "wholes": lambda: torch.tensor([0, 1]),
    "truths": lambda: torch.tensor([True, False]),
    "complex": lambda: torch.tensor([1j, 2.0]),
    "none": lambda: torch.zeros(0),
    "no row": lambda: torch.zeros(0, 3),
    "scalar": lambda: torch.tensor(2.0),
    "NaN": lambda: torch.tensor([float("nan"), 1.0]),
    "inf": lambda: torch.tensor([float("inf"), -float("inf")]),
    "huge": lambda: torch.tensor([1e38, -1e38]),
    "tiny": lambda: torch.tensor([1e-45, -0.0]),
    "leaf": lambda: torch.tensor([0.5, 1.5], requires_grad=True),
    "parameter": lambda: torch.nn.Parameter(torch.tensor([0.5, 1.5])),
    "sparse": lambda: torch.tensor([[0.0, 1.0]]).to_sparse(),
    "csr": lambda: torch.tensor([[0.0, 1.0]]).to_sparse_csr(),
    "meta": lambda: torch.zeros(2, device="meta"),
    "quantised": lambda: torch._make_per_tensor_quantized_tensor(
        torch.ones(2, dtype=torch.int8), 0.1, 0
    ),
    "expanded": lambda: torch.tensor([2.0]).expand(3),
    "turned": lambda: torch.arange(6.0).view(2, 3).t(),
    "conjugate": lambda: torch.tensor([1 + 1j]).conj().real,
    "negative": lambda: torch.tensor([1 + 1j]).conj().imag,
    "frozen": _inference,
    "many": lambda: torch.linspace(0, 1, 40),
    "module": lambda: torch.nn.Linear(2, 1),
    "array": lambda: torch.ones(2).numpy(),
    "class": lambda: torch.Tensor,
    "nested": lambda: [[torch.ones(1)], {"a": torch.ones(1)}],
}
RETURNS: dict[str, Callable[[Any], Any]] = {
    "as it is": lambda x: x,
    "doubled": lambda x: x * 2,
    "sum": lambda x: x.sum(),
    "curved": lambda x: x.sum().sigmoid() * x,
    "in place": lambda x: x.mul_(2),
    "detached": lambda x: x.detach() * 1,
    "a list": lambda x: [x, None, x * 2],
    "a nest": lambda x: [[x]],
    "None": lambda _: None,
    "nothing": lambda _: [],
    "NaN": lambda x: x * float("nan"),
    "infinite": lambda x: x / 0,
    "a number": lambda _: 1.5,
    "item": lambda x: x.sum().item(),
    "an array": lambda x: x.detach().numpy(),
    "through numpy": lambda x: torch.from_numpy(x.detach().numpy() * 2),
    "index": lambda x: x[99],
    "random": lambda x: x * torch.rand(1),
    "seeded": lambda x: x * torch.rand(1, generator=torch.Generator().manual_seed(0)),
    "long": _long,
    "no grad": lambda x: torch.no_grad()(lambda: x * 3)(),
    "grad": lambda x: torch.autograd.grad((x**2).sum(), x)[0],
    "a generator": lambda x: (one for one in [x]),
    "whole": lambda x: x.long(),
    "truth": lambda x: x > 0,
    "sorted": lambda x: x.sort()[0],
    "inverse": torch.linalg.inv,
    "eigen": lambda x: torch.linalg.eigvalsh(x @ x.mT),
    "raises": lambda _: 1 / 0,
    "asserts": lambda _: _fails(),
    "stops": lambda _: next(iter([])),
    "recurs": _recurs,
    "empty message": lambda _: _raise(ValueError()),
    "lines": lambda _: _raise(ValueError("one\ntwo\n" * 5)),
    "no letters": lambda _: _raise(ValueError("\udcff\0")),
    "exits": lambda _: _raise(SystemExit(0)),
    "resized": lambda x: x.resize_(5),
    "set": lambda x: x.set_(),
    "moved": lambda x: x.to("meta"),
    "sparse": lambda x: x.to_sparse(),
    "quantised": lambda x: torch._make_per_tensor_quantized_tensor(
        x.detach().to(torch.int8), 0.1, 0
    ),
    "complex": lambda x: x * 1j,
    "typed": lambda x: x.half(),
    "subclass": lambda x: x.as_subclass(torch.nn.Parameter),
    "compiled": lambda x: torch.jit.trace(lambda y: y * 2, x)(x),
    "printed": lambda x: float(str(float(x.sum()))) * x,
}


@st.composite
def given_rules(draw: st.DrawFn) -> dict[str, Any]:
    """The arguments of `audit`, by their names in the tables above."""
    tensor, returns = st.sampled_from(sorted(TENSORS)), st.sampled_from(sorted(RETURNS))
    good = st.sampled_from(("two", "doubles", "leaf", "scalar"))
    sound = st.sampled_from(("doubled", "curved", "long", "sum", "detached", "None"))
    names = st.sampled_from(("x", "y", "self", "0")) | lines()
    words: dict[str, Any] = {
        "inputs": draw(st.dictionaries(names, good | tensor, min_size=1, max_size=2)),
        "returns": draw(st.dictionaries(names, sound | returns, min_size=2, max_size=3)),
        "selection": draw(st.sampled_from(("route",) * 6 + ("strict",) * 3 + ("odd",))),
        "verify": draw(st.booleans()),
    }
    if draw(st.integers(0, 3)) == 3:
        words["mechanisms"] = draw(st.dictionaries(names, tensor, max_size=3))
    for name in ("update", "execution"):
        if draw(st.integers(0, 3)) == 3:
            words[name] = draw(returns)
    return words


def check_given(words: dict[str, Any]) -> str:
    """An audit returns a verdict or refuses, whatever the tensors and functions are."""

    def run() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns about new and deprecated features
            tried()

    def tried() -> None:
        inputs = {name: TENSORS[kind]() for name, kind in words["inputs"].items()}
        first = next(iter(inputs))

        def rule(**given: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever was given
            return {name: RETURNS[kind](given[first]) for name, kind in words["returns"].items()}

        more: dict[str, Any] = {}
        if "update" in words:
            more["update"] = lambda given: {
                name: RETURNS[words["update"]](value) for name, value in given.items()
            }
        if "execution" in words:
            more["execution"] = lambda **given: RETURNS[words["execution"]](given[first])
        if "mechanisms" in words:
            more["mechanisms"] = {n: TENSORS[kind]() for n, kind in words["mechanisms"].items()}
        try:
            verdict = audit(
                rule, inputs, selection=words["selection"], verify=words["verify"], **more
            )
        except SystemExit:
            return  # the command line turns this into an error
        verdict.to_dict()

    return refused(run)


def all_of(kind: str = "rules") -> list[Property]:
    """Return the property of this kind for arguments."""
    return [
        Property(kind, "given", given_rules, check_given, 600, 50, prepare),
    ]
