"""A small session of claims, run by pytest inside pytest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from repro.plugin.claims_plugin import ClaimsPlugin
from repro.protocol.tiers import PAPER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from repro.protocol.blocks import Block
    from repro.protocol.tiers import Tier

HEAD = """
import pytest
from repro.errors import TrainingError
from repro.verdicts import Margin
from repro.protocol import Block
from repro.verdicts import Estimate, Verdict
REPRODUCED, NOT, INCONCLUSIVE, NOT_RUN = Verdict
ONE, TWO, THREE = (Block("ppo", name, (0, 1), 5) for name in ("one", "two", "three"))
"""
CONTROL = 'record.control("swapped arms", NOT, Estimate(0.5, 0.4, 0.6))'
SEEDS = (3, 5)
# An inner session does not need these plugins, and starts ten times as fast without them.
QUICK = ("-p", "no:hypothesispytest", "-p", "no:benchmark", "-p", "no:unraisableexception")


def claim(claim_id: str, *body: str, name: str = "test_claim", **fields: str) -> str:
    """Return a claim's code, from the lines of its body and marker fields as code; "" omits a field."""
    marker = {
        "id": repr(claim_id),
        "title": "'A title'",
        "statement": "'A statement.'",
        "source": "['talk:44']",
        "kind": "'empirical'",
        "expected": "'above 1'",
        "controls": "{'swapped arms': 'not reproduced'}",
        "margin": "Margin(low=1.0)",
        **fields,
    }
    words = ", ".join(f"{name}={code}" for name, code in marker.items() if code)
    lines = "".join(f"    {line}\n" for line in body or ("pass",))
    return f"@pytest.mark.claim({words})\ndef {name}(record, runs):\n{lines}\n"


def outcome(verdict: str) -> tuple[str, str]:
    """Return the body of a claim with this verdict and a control that passes."""
    return f"record.outcome({verdict}, Estimate(2.0, 1.5, 2.5), n=10, censored=1)", CONTROL


@dataclass
class Session:
    """The result of a session of claims."""

    code: int
    plugin: ClaimsPlugin
    out: str
    err: str
    asked: list[tuple[Block, ...]]

    def row(self, claim_id: str) -> str:
        """Return the table's row of a claim."""
        rows = (line for line in self.out.splitlines() if line.startswith(tuple("✓✗?!–")))
        (row,) = (line for line in rows if f" {claim_id} " in f"{line} ")
        return row


@pytest.fixture
def judge(pytester: pytest.Pytester) -> Callable[..., Session]:
    """Write claims to claims/transfer/ and judge them with the arguments given to pytest."""

    def run(
        *args: str,
        provide: Callable[[Sequence[Block]], Mapping[Block, object]] | None = None,
        tier: Tier = PAPER,
        seeds: tuple[int, ...] = SEEDS,
        check: Callable[[Block], None] = lambda _block: None,
        jobs: int = 1,
        **files: str,
    ) -> Session:
        asked: list[tuple[Block, ...]] = []

        def serve(blocks: Sequence[Block]) -> Mapping[Block, object]:
            asked.append(tuple(blocks))
            return provide(blocks) if provide else {block: block.name for block in blocks}

        for name, code in files.items():
            path = pytester.path / "claims" / "transfer" / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(HEAD + code, encoding="utf-8")
        plugin = ClaimsPlugin(serve, seeds, tier)  # type: ignore[arg-type] # any object is a record here
        plugin.configure(serve, seeds, tier, check, jobs)  # type: ignore[arg-type] # likewise
        result = pytester.runpytest_inprocess("claims", *QUICK, *args, plugins=[plugin])
        return Session(int(result.ret), plugin, result.stdout.str(), result.stderr.str(), asked)

    return run
