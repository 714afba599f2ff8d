"""Use the installed package outside of its checkout; run by path, so that the checkout is not importable.

Usage: python PATH/check.py; the exit code is 0 if everything came out as published.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import repro

CHECKOUT = Path(__file__).resolve().parents[3]
PUBLISHED = CHECKOUT / "data" / "verdicts.json"
CLAIMS = ("transfer.headline", "explanation.coupled", "theory.policy_gradient")
SHARED_SOFTMAX = """import torch

def inputs():
    return {"logits": torch.randn(2, requires_grad=True), "reward": torch.randn(2)}

def rule(logits, reward):
    loss = -(torch.log_softmax(logits, 0) * reward).sum()
    left, right = torch.autograd.grad(loss, logits)[0]
    return {"left": left, "right": right}
"""


def command(*words: str, code: int) -> str:
    """Run `python -m repro` in the current folder; return what it prints.

    Raises:
        SystemExit: it ended with another exit code.
    """
    done = subprocess.run(  # noqa: S603 - the package itself, with words of this file
        [sys.executable, "-m", "repro", *words], capture_output=True, text=True, check=False
    )
    if done.returncode != code:
        sys.exit(f"repro {' '.join(words)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def main() -> int:
    """Judge claims, audit a rule, and try what only a checkout can do."""
    package = Path(repro.__file__).resolve()
    if package.is_relative_to(CHECKOUT) and "site-packages" not in package.parts:
        sys.exit(f"{package} is the checkout's; install the wheel, without --editable")
    rows = json.loads(PUBLISHED.read_text(encoding="utf-8"))["claims"]
    verdicts = {row["id"]: row["verdict"] for row in rows}
    for claim in CLAIMS:
        verdict = str(repro.judge(claim).verdict)
        sys.stdout.write(f"{claim}: {verdict}, published {verdicts[claim]}\n")
        if verdict != verdicts[claim]:
            return 1
    Path("my_rule.py").write_text(SHARED_SOFTMAX, encoding="utf-8")
    (answer,) = (
        line
        for line in command("audit", "my_rule.py", code=1).splitlines()
        if "NOT MODULAR" in line
    )
    sys.stdout.write(f"{answer.strip('┃│ ')}\n")
    command("run", "--tier", "audit", "--claim", CLAIMS[0], code=0)
    if not Path("build/claims/index.html").is_file():
        sys.exit("the report was not written below the current folder")
    for words in (("new", "task", "mine"), ("ship",), ("docs",)):
        command(*words, code=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
