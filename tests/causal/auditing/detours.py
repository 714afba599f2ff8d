"""Ways in which a number can leave a trace and return."""

from __future__ import annotations

import copy
import io
import math
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable


def _numpy_early(h: Tensor) -> float:
    memory = torch.zeros(1, dtype=h.dtype)
    seen = memory.numpy()
    memory.copy_(h)
    return float(seen[0])


def _from_numpy(h: Tensor) -> float:
    seen = np.zeros(1)
    torch.from_numpy(seen).copy_(h)
    return float(seen[0])


def _in_numpy_memory(h: Tensor) -> float:
    seen = np.zeros(2)
    out = torch.from_numpy(seen)
    torch.mul(h, out.new_ones(2), out=out)
    return float(seen[1])


def _mapped(h: Tensor) -> Tensor:
    memory = torch.zeros(1, dtype=h.dtype)
    memory.map_(h.view(1), lambda _, mine: mine)
    return memory


def _applied(h: Tensor) -> float:
    seen: list[float] = []
    h.clone().apply_(lambda number: seen.append(number) or number)  # type: ignore[func-returns-value]  # None, so it returns the number
    return seen[0]


def _branch(h: Tensor) -> float:
    return 2.0 if h > 0 else 1.0


def _loop(h: Tensor) -> float:
    count = 0.0
    while h > count:
        count += 0.5
    return count


def _saved(h: Tensor) -> Tensor:
    file = io.BytesIO()
    torch.save(h, file)
    file.seek(0)
    loaded: Tensor = torch.load(file)
    return loaded


def _tensor_of(number: Tensor) -> Tensor:
    return torch.Tensor([number])


def _in_a_thread(run: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it returns
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def _written_in_a_thread(h: Tensor) -> Tensor:
    out = torch.zeros_like(h)
    _in_a_thread(lambda: out.copy_(h))
    return out


@torch.library.custom_op("repro_tests::doubled", mutates_args=())
def doubled(x: Tensor) -> Tensor:
    return torch.from_numpy(np.atleast_1d(x.detach().numpy()) * 2.0).view(x.shape).clone()


@torch.library.custom_op("repro_tests::written", mutates_args=("out",))
def written_and_returned(x: Tensor, out: Tensor) -> Tensor:
    out.copy_(x)
    return x.clone()


def _opaque_written(h: Tensor) -> Tensor:
    out = torch.zeros_like(h)
    written_and_returned(h, out)
    return out


DETOURS: dict[str, Callable[[Any], Any]] = {
    "item": lambda h: h.item(),
    "float": float,
    "int": lambda h: int(h * 10),
    "round": lambda h: round(float(h), 3),
    "tolist": lambda h: h.tolist(),
    "tolist of a view": lambda h: h.view(1)[:1].tolist()[0],
    "numpy": lambda h: float(h.numpy()),
    "numpy of a view": lambda h: h.view(1).numpy()[0],
    "asarray": lambda h: float(np.asarray(h)),
    "np.array": lambda h: float(np.array(h)),
    "numpy function": lambda h: float(np.exp(h)),
    "math": math.exp,
    "dlpack": lambda h: float(np.from_dlpack(h)),
    "back from numpy": lambda h: torch.from_numpy(h.view(1).numpy() * 2),
    "numpy memory seen early": _numpy_early,
    "written to numpy memory": _from_numpy,
    "result in numpy memory": _in_numpy_memory,
    "tensor of item": lambda h: torch.tensor([h.item()]),
    "tensor of tensors": lambda h: torch.tensor([h]),
    "tensor of nested tensors": lambda h: torch.tensor([[1.0, 2.0], [h, h]])[1],
    "as_tensor of tensors": lambda h: torch.as_tensor([h, 2 * h])[0],
    "Tensor of tensors": lambda h: torch.Tensor([h]),
    "DoubleTensor": lambda h: torch.DoubleTensor([h]),
    "new_tensor": lambda h: h.new_tensor([h]),
    "full": lambda h: torch.full((1,), h),
    "scalar_tensor": lambda h: torch.scalar_tensor(h.item()),
    "arange": lambda h: torch.arange(0.0, h * 4).sum(),
    "linspace": lambda h: torch.linspace(0, h, 2)[1],
    "fill": lambda h: torch.zeros(1).fill_(float(h)),
    "branch": _branch,
    "branch on all": lambda h: 1.0 if torch.all(h > 0) else 2.0,
    "loop": _loop,
    "equal": lambda h: 1.0 + torch.equal(h, h + 1),
    "allclose": lambda h: 1.0 + torch.allclose(h, h + 1),
    "format": lambda h: float(f"{h:.3f}"),
    "str": lambda h: float(str(h).split("(")[1].split(",")[0]),
    "thread": lambda h: _in_a_thread(lambda: h * 2),
    "thread that writes": _written_in_a_thread,
    "index": lambda h: torch.arange(9.0)[(h * 2).long()],
    "slice": lambda h: torch.arange(9.0)[: (h * 2).long()].sum(),
    "size": lambda h: torch.ones((h * 4).long()).sum(),
    "roll": lambda h: torch.arange(9.0).roll(int(h * 4))[0],
    "number of a mask": lambda h: torch.arange(9.0)[torch.arange(9.0) < 4 * h].shape[0],
    "number of unique": lambda h: (torch.arange(9.0) * h).round().unique().numel(),
    "map_": _mapped,
    "apply_": _applied,
    "deepcopy": copy.deepcopy,
    "pickled": _saved,
    "storage": lambda h: h.untyped_storage().tolist()[6],
    "memory": lambda h: h.view(1).view(torch.uint8)[6] * 1.0,
    "halves": lambda h: h.view(1).view(torch.float32)[1],
    "complex": lambda h: torch.complex(h, h).abs(),
    "operator of one's own": doubled,
    "operator of one's own that writes": _opaque_written,
    "exponent": lambda h: torch.frexp(h * 8)[1],
    "truth": lambda h: (h * 3).long() - (h * 3).bool().long(),
    "clamps": lambda h: h.clamp(min=0.5) - h.clamp(max=0.5),
    "rounded and compared": lambda h: 1.0 + (h.round() == h.floor()),
    "place": lambda h: torch.zeros(9).index_add_(0, (h * 2).long().view(1), torch.ones(1))[2:4].sum(),
    "put at a place": lambda h: torch.zeros(9).index_put_(((h * 2).long().view(1),), torch.ones(1), accumulate=True)[3],
    "searchsorted": lambda h: torch.searchsorted(torch.arange(9.0).double(), h),
    "histogram": lambda h: torch.histc(h.view(1), 4, 0, 4)[1],
    "one_hot": lambda h: torch.nn.functional.one_hot((h * 2).long(), 9)[3],
}  # fmt: skip
