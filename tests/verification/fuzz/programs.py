"""Rules with a known answer: from moving a hidden number, or from how they were built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from hypothesis import strategies as st

from repro.causal import Answer, audit
from tests.causal.auditing.detours import DETOURS
from tests.causal.auditing.routes import ROUTES
from tests.causal.tracing.programs import BINARY, INPUTS, NAMES, UNARY, Program, programs
from tests.verification.fuzz.bounds import ViolationError, refused
from tests.verification.fuzz.running import Property

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from repro.causal import Verdict

STEP = 1e-4
NOTHING = 1e-9
"""A smaller change is rounding."""
CURVED = {"exp", "sin", "sigmoid"}
"""Steps with a nonlinear result, not part of a sum or a product."""
FUNCTIONS: dict[str, Callable[..., Tensor]] = {**UNARY, **BINARY}
CODINGS = ("rule", "recomputing", "in_memory")


def values(
    program: Program, x: Sequence[float], moved: frozenset[int] = frozenset()
) -> list[float]:
    """Compute all numbers of a program, with the steps in `moved` shifted a little."""
    made = [torch.tensor(number, dtype=torch.float64) for number in x]
    for operation, first, second in program.steps:
        arguments = (made[first],) if operation in UNARY else (made[first], made[second])
        function = FUNCTIONS[operation]
        made.append(function(*arguments) + STEP * (len(made) in moved))
    return [float(number) for number in made]


def shared_pairs(program: Program) -> set[tuple[str, str]]:
    """Return the pairs whose gradients share a hidden nonlinear number of two or more inputs.

    Nothing is traced: each input, then each hidden number, is shifted a little and everything is computed
    again. Equal numbers count as one number and are shifted together.
    """
    x = program.inputs["x"].tolist()
    before = values(program, x)
    inputs = [
        values(program, [v + STEP * (i == j) for j, v in enumerate(x)]) for i in range(INPUTS)
    ]
    found = set()
    for place, (operation, _, _) in enumerate(program.steps, INPUTS):
        reads = sum(abs(one[place] - before[place]) > NOTHING for one in inputs)
        if operation not in CURVED or reads < 2:
            continue
        equal = frozenset(
            other for other in range(INPUTS, len(before)) if _near(before[other], before[place])
        )
        after = values(program, x, equal)
        moved = [
            name
            for name, ends in zip(NAMES, program.ends, strict=True)
            if any(abs(after[i] - before[i]) > NOTHING for i in ends)
        ]
        found |= {(a, b) for k, a in enumerate(moved) for b in moved[k + 1 :]}
    return found


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= NOTHING * max(1.0, abs(one))


def check_program(given: tuple[Program, str]) -> str:
    """An audit never calls a pair modular that shares a hidden number."""
    program, coding = given
    verdict: list[Verdict] = []

    def run() -> None:
        verdict.append(audit(getattr(program, coding), program.inputs))

    if error := refused(run):
        return error
    for pair in shared_pairs(program):
        if verdict[0].pairs[pair] is Answer.MODULAR:
            raise ViolationError(f"{pair} share a hidden number, but were called modular")
    return ""


@dataclass(frozen=True)
class Woven:
    """A synthetic rule with three gradients.

    Attributes:
        shares: whether the first two read the same hidden number.
        hidden: how that number is computed from inputs.
        route: the torch operation that passes it to the first gradient.
        detour: the way around torch that passes it to the second gradient; "" for none.
        around: "", "no_grad" or "inference": how the rule runs.
    """

    shares: bool
    hidden: str
    route: str
    detour: str
    around: str

    def rule(self, x: Tensor, own: Tensor) -> dict[str, Tensor]:
        """Return three gradients: of the hidden number, of the same or another one, of separate inputs."""
        with {"no_grad": torch.no_grad, "inference": torch.inference_mode}.get(
            self.around, torch.enable_grad
        )():
            return self._rule(x, own)

    def _rule(self, x: Tensor, own: Tensor) -> dict[str, Tensor]:
        first = HIDDEN[self.hidden](x[:3])
        second = first if self.shares else HIDDEN[self.hidden](x[3:])
        taken = ROUTES[self.route](first.expand(3) * 1, own[:3].detach()) if self.route else first
        past = DETOURS[self.detour](second.detach()) if self.detour else second
        return {
            "a": (taken * own[:3]).detach(),
            "b": (torch.as_tensor(past).double().reshape(-1)[:1] * own[3:4].exp()).detach(),
            "c": (own[4:].sin() * own[4:]).detach(),
        }


HIDDEN: dict[str, Callable[[Tensor], Tensor]] = {
    "log-sum-exp": lambda x: x.logsumexp(0),
    "norm": lambda x: x.norm(),
    "curved sum": lambda x: x.sum().sigmoid(),
    "curved product": lambda x: x.prod().tanh(),
    "variance": lambda x: x.var(),
    "softmax": lambda x: x.softmax(0)[0],
    "recurrent": lambda x: ((x[0].tanh() + x[1]).tanh() + x[2]).tanh(),
    "in place": lambda x: x.clone().exp_().cumsum(0)[-1].log_(),
}
_X = torch.tensor([0.31, 0.72, 1.13, 0.54, 0.95, 1.36], dtype=torch.float64)
_OWN = torch.tensor([0.4, 0.83, 1.27, 0.65, 1.71], dtype=torch.float64)


@st.composite
def woven(draw: st.DrawFn) -> Woven:
    """Rules with each route and detour, alone and combined."""
    return Woven(
        draw(st.booleans()),
        draw(st.sampled_from(sorted(HIDDEN))),
        draw(st.just("") | st.sampled_from(sorted(ROUTES))),
        draw(st.just("") | st.sampled_from(sorted(DETOURS))),
        draw(st.sampled_from(("", "no_grad", "inference"))),
    )


def check_woven(made: Woven) -> str:
    """Gradients that share a hidden number are never "modular", separate ones never "not modular"."""
    inputs = {"x": _X.clone(), "own": _OWN.clone()}
    verdict: list[Verdict] = []

    def run() -> None:
        verdict.append(audit(made.rule, inputs))

    if error := refused(run):
        return error
    answers = verdict[0].pairs
    if made.shares and _moves_both(made) and answers["a", "b"] is Answer.MODULAR:
        raise ViolationError("a and b share a hidden number, but were called modular")
    for pair in (("a", "c"), ("b", "c")):
        if answers[pair] is Answer.NOT_MODULAR:
            raise ViolationError(f"{pair} have no input in common, but were called not modular")
    return ""


def _moves_both(made: Woven) -> bool:
    """Return True if both gradients change with an input of the hidden number.

    A route or a detour may lose the number: a comparison rounds it, or memory is read before it is
    written.
    """
    before = made.rule(_X.clone(), _OWN.clone())
    for step in (1e-4, -1e-4, 0.3, -0.3):
        after = made.rule(
            _X + torch.tensor([0, step, 0, 0, 0, 0], dtype=torch.float64), _OWN.clone()
        )
        if all(not torch.equal(before[name], after[name]) for name in "ab"):
            return True
    return False


def prepare() -> None:
    """Let torch import what an audit needs."""
    audit(Woven(True, "norm", "sgd", "", "").rule, {"x": _X.clone(), "own": _OWN.clone()})


def all_of(kind: str = "rules") -> list[Property]:
    """Return the properties of rules with a known answer."""
    return [
        Property(
            kind,
            "programs",
            lambda: st.tuples(programs(), st.sampled_from(CODINGS)),
            check_program,
            600,
            40,
            prepare,
        ),
        Property(kind, "woven", woven, check_woven, 350, 40, prepare),
    ]
