"""Paths of numbers through torch: autograd, torch.func, optimisers, memory, types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Callable

LAYER = nn.Linear(3, 1, bias=False).double()


class Doubled(torch.autograd.Function):
    """A custom function whose backward pass is not its derivative."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> Tensor:  # noqa: ANN401 - torch's context
        """Multiply."""
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ANN401 - as above
        """Return something that depends on both."""
        x, y = ctx.saved_tensors
        return gradient * y.roll(1), x.sigmoid()


def _grad(x: Tensor, y: Tensor) -> Tensor:
    x = x.detach().requires_grad_()
    return torch.autograd.grad((x**2 * y).sum(), x)[0]


def _second(x: Tensor, y: Tensor) -> Tensor:
    x = x.detach().requires_grad_()
    (first,) = torch.autograd.grad((x**3 * y).sum(), x, create_graph=True)
    return torch.autograd.grad((first.roll(1) * first.detach()).sum(), x)[0]


def _backward(x: Tensor, y: Tensor) -> Tensor:
    weight = nn.Parameter(x.detach().clone())
    for _ in range(2):
        (weight.softmax(0) * y).sum().backward()
    assert weight.grad is not None
    return weight.grad


def _hooked(x: Tensor, y: Tensor) -> Tensor:
    x = x.detach().requires_grad_()
    made = x * 2
    made.register_hook(lambda gradient: gradient * y)
    return torch.autograd.grad(made.sum(), x)[0]


def _by_hand(x: Tensor, y: Tensor) -> Tensor:
    x, y = x.detach().requires_grad_(), y.detach().requires_grad_()
    made = Doubled.apply(x, y)  # type: ignore[no-untyped-call]  # torch's
    return torch.cat(torch.autograd.grad(made.sum() * x[0].detach(), [x, y]))


def _detached(x: Tensor, y: Tensor) -> Tensor:
    x = x.detach().requires_grad_()
    with torch.no_grad():
        target = (x * y).cumsum(0)
    return torch.autograd.grad(((x - target) ** 2).sum(), x)[0]


def _data(x: Tensor, y: Tensor) -> Tensor:
    made = torch.zeros_like(x)
    made.data = x * 2
    made.data.mul_(y)
    return made.data + x.data


def _module(x: Tensor, y: Tensor) -> Tensor:
    made: Tensor = torch.func.functional_call(LAYER, {"weight": x[None] * 1}, (y,))
    return made


def _loaded(x: Tensor, y: Tensor) -> Tensor:
    layer = nn.ParameterDict({"weight": torch.zeros_like(x), "bias": torch.zeros_like(y)})
    layer.load_state_dict({"weight": x, "bias": y})
    return torch.cat([p.detach() * 2 for p in layer.values()])


def _in_parameters(x: Tensor, y: Tensor) -> Tensor:
    weights = [nn.Parameter(torch.zeros(1).double()), nn.Parameter(torch.zeros(2).double())]
    nn.utils.vector_to_parameters(x * y, weights)
    return nn.utils.parameters_to_vector(weights).detach()


def _clipped(x: Tensor, y: Tensor) -> Tensor:
    weight = nn.Parameter(torch.zeros_like(x))
    weight.grad = x * y
    nn.utils.clip_grad_norm_([weight], 0.01)
    return weight.grad


def _optimised(kind: Callable[..., torch.optim.Optimizer], **how: object) -> Callable[..., Tensor]:
    def function(x: Tensor, y: Tensor) -> Tensor:
        weight = nn.Parameter(x.detach().clone())
        optimiser = kind([weight], lr=0.1, **how)
        for _ in range(2):
            optimiser.zero_grad(set_to_none=bool(how.get("foreach")))
            (weight**2 * y).sum().backward()
            optimiser.step()
        return weight.detach()

    return function


def _noncontiguous(x: Tensor, y: Tensor) -> Tensor:
    both = torch.stack([x, y]).t()
    return (both[::2] * both[1]).t().reshape(-1)


def _shared_memory(x: Tensor, y: Tensor) -> Tensor:
    made = (x * 1).clone()
    row = made.unsqueeze(0)
    row[0, 1:] = y[:2]
    return made


def _types(x: Tensor, y: Tensor) -> Tensor:
    half = (x.half() * y.to(torch.bfloat16)).float()
    return half.type(torch.float64) + torch.zeros(3).copy_(x).double()


def _swapped(x: Tensor, y: Tensor) -> Tensor:
    first, second = x * 1, y * 1
    first.set_(second)  # type: ignore[call-overload]  # its types don't include tensors
    return first * 2


def _checkpointed(x: Tensor, y: Tensor) -> Tensor:
    x = x.detach().requires_grad_()
    run = torch.utils.checkpoint.checkpoint
    made = run(lambda x: (x * y).sin(), x, use_reentrant=False, preserve_rng_state=False)
    return torch.autograd.grad(made.sum(), x)[0]


ROUTES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "gradient": _grad,
    "gradient of a gradient": _second,
    "backward, accumulated": _backward,
    "hook": _hooked,
    "backward by hand": _by_hand,
    "detached target": _detached,
    "data": _data,
    "functional_call": _module,
    "load_state_dict": _loaded,
    "vector_to_parameters": _in_parameters,
    "clip_grad_norm_": _clipped,
    "no contiguous memory": _noncontiguous,
    "memory shared": _shared_memory,
    "types": _types,
    "set_": _swapped,
    "checkpoint": _checkpointed,
    "func.grad": lambda x, y: torch.func.grad(lambda z: (z**2 * y).sum())(x),
    "vmap": lambda x, y: torch.func.vmap(lambda a, b: a * b + y.sum())(x, y),
    "vmap of gradients": torch.func.vmap(torch.func.grad(lambda a, b: a**2 * b)),
    "jacrev": lambda x, y: torch.func.jacrev(lambda z: z.cumsum(0) * y)(x * 1) * x,
    "jacfwd": lambda x, y: torch.func.jacfwd(lambda z: z**2 * y)(x),
    "hessian": lambda x, y: torch.func.hessian(lambda z: (z**3 * y).sum())(x),
    "jvp": lambda x, y: torch.func.jvp(lambda z: z**2, (x,), (y,))[1],
    "vjp": lambda x, y: torch.func.vjp(lambda z: z**2, x)[1](y)[0],
    "jacobian": lambda x, y: torch.autograd.functional.jacobian(lambda z: z**2 * y, x),
    "sgd": _optimised(torch.optim.SGD, momentum=0.9),
    "sgd of lists": _optimised(torch.optim.SGD, foreach=True, weight_decay=0.1),
    "adam": _optimised(torch.optim.Adam),
    "adam of lists": _optimised(torch.optim.Adam, foreach=True),
    "rmsprop": _optimised(torch.optim.RMSprop),
    "inference mode": lambda x, y: torch.inference_mode()(lambda: (x * y).cumsum(0))(),
    "requires_grad_": lambda x, y: (x.clone().requires_grad_() * y).detach(),
    "numbers written down": lambda x, y: torch.tensor([1.0, 2, 3]) * x + torch.as_tensor(2.0) * y,
    "parameter": lambda x, y: nn.Parameter(x * y).detach() * 2,
}
