"""Files with rules for `audit`, with odd, missing or reordered lines."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from hypothesis import strategies as st

from tests.verification.fuzz.bounds import ViolationError
from tests.verification.fuzz.commands import called, judged_by
from tests.verification.fuzz.oddities import Made, numbers, texts, values
from tests.verification.fuzz.programs import prepare
from tests.verification.fuzz.running import Property

LINES = (
    "import torch",
    "def rule(x):\n    return {'a': x[:1] * 2, 'b': x[1:].exp()}",
    "def inputs():\n    return {'x': torch.tensor([0.5, 1.5])}",
)
MORE = (
    "def rule(x): return {'a': x, 'b': x.sum() * x}",
    "def rule(x): return x",
    "def rule(): return {}",
    "def rule(*args, **kw): print('said'); return {'a': kw['x'], 'b': kw['x'].numpy()}",
    "def rule(x): raise KeyboardInterrupt" + "x",
    "def rule(x):\n    import sys; sys.exit(0)",
    "def rule(x):\n    import os; os.chdir('/'); return {'a': x, 'b': x * 2}",
    "def rule(x):\n    open('left', 'w').write('x'); return {'a': x, 'b': x * 2}",
    "rule = 5",
    "rule = torch.nn.Linear(1, 1)",
    "class rule:\n    def __init__(self, x): self.x = x",
    "async def rule(x): return {'a': x, 'b': x}",
    "def rule(x):\n    yield x",
    "inputs = {'x': 1}",
    "def inputs(): return [1]",
    "def inputs(): return {}",
    "def inputs(): return {1: torch.ones(1)}",
    "def inputs(): raise ValueError('one\\ntwo')",
    "def inputs(): raise SystemExit",
    "def inputs(n): return {}",
    "def mechanisms(): return {'a': torch.ones(1), 'b': torch.ones(1)}",
    "def mechanisms(): return {'a': 1}",
    "def mechanisms(): return None",
    "shared = torch.ones(2)\ndef mechanisms(): return {'a': shared, 'b': shared[1:]}",
    "update = 1",
    "def update(given): return {name: value * 2 for name, value in given.items()}",
    "def update(given): return given['nobody']",
    "execution = None",
    "def execution(x): return x * 2",
    "def execution(x): return x.numpy()",
    "import no_such_module",
    "from repro import *",
    "import warnings; warnings.warn('one\\ntwo')",
    "raise RuntimeError",
    "raise SystemExit(0)",
    "assert False, 'no'",
    "1 / 0",
    "def f(): return f()\nf()",
    "import sys; sys.stdout.write('said'); sys.stderr.write('said')",
    "import sys; sys.stdout = None",
    "import torch; torch.set_default_dtype(torch.float64)",
    "import torch; torch.manual_seed(0)",
    "from __future__ import annotations",
    "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: 'int'",
    "def rule(",
    "\tx = 1",
    "x = '''",
    "# -*- coding: nothing -*-",
    "\ufeffx = 1",
    "\0",
    "x = '\udcff'",
    "é = 1",
    "x = " + "(" * 300,
    "x = " + "-" * 5000 + "1",
    "import torch; torch.zeros(2).item()",
)


@st.composite
def files(draw: st.DrawFn) -> Made:
    """A sound file with odd, missing or reordered lines, and the command's options."""
    lines = [*LINES]
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(lines)))
        do = draw(st.sampled_from(("add", "add", "last", "drop", "letters", "value")))
        if do == "add":
            lines.insert(place, draw(st.sampled_from(MORE)))
        elif do == "last":
            lines.append(draw(st.sampled_from(MORE)))
        elif do == "letters":
            lines.insert(place, draw(texts()))
        elif do == "value":
            name = draw(st.sampled_from(("rule", "inputs", "mechanisms", "update", "execution")))
            lines.append(f"{name} = {draw(values() | numbers())!r}".replace("nan", "None"))
        elif lines:
            lines.pop(place - 1)
    words = draw(
        st.lists(st.sampled_from(("--json", "--verify", "--selection=strict")), max_size=2)
    )
    text = "\n".join(lines)
    return Made((text, words), (text, *words))


def check_file(made: Made) -> str:
    """`audit` prints only a verdict on stdout, or refuses the file."""
    text, words = made.what
    folder, before = Path.cwd(), (torch.get_default_dtype(), torch.get_rng_state())
    Path("a_rule.py").write_bytes(text.encode("utf-8", "surrogatepass"))
    given = ["audit", str(folder / "a_rule.py"), *words]
    try:
        code, out, err = called(given)
    finally:
        torch.set_default_dtype(before[0])
        torch.set_rng_state(before[1])
        os.chdir(folder)
    if "said" in out:
        raise ViolationError("output of the file is mixed with the results")
    if code != 2 and not out.strip():
        raise ViolationError(f"exit code {code}, but no output")
    return judged_by(given, code, out, err)


def all_of(kind: str = "rules") -> list[Property]:
    """Return the property of this kind for files."""
    return [Property(kind, "files", files, check_file, 400, 30, prepare)]
