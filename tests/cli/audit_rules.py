"""Files with small rules whose answers are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "import torch\n"
# Softmax policy gradient in one state: the normaliser is shared.
REINFORCE = """
def inputs():
    return {"bids": torch.tensor([0.1, 0.5, 0.3]), "action": torch.tensor(1), "ret": torch.tensor(0.8)}
def rule(bids, action, ret):
    bids = bids.clone().requires_grad_()
    loss = -torch.log_softmax(bids, 0)[action] * ret
    (gradient,) = torch.autograd.grad(loss, bids)
    return dict(zip("ABC", gradient))
"""
# Two steps of one-step TD by different mechanisms: each has its own error.
ONE_STEP = """
def inputs():
    return {"values": torch.tensor([0.1, 0.5, 0.3]), "rewards": torch.tensor([0.3, 0.8])}
def rule(values, rewards):
    errors = rewards + 0.9 * values[1:] - values[:-1]
    return {"A": -errors[0], "B": -errors[1]}
"""
# Two-step targets as sums of one-step errors: the middle error is shared, although it need not be.
TELESCOPED = """
def inputs():
    return {"values": torch.tensor([0.1, 0.5, 0.3, 0.2]), "rewards": torch.tensor([0.3, 0.8, 0.1])}
def rule(values, rewards):
    errors = rewards + 0.9 * values[1:] - values[:-1]
    return {"A": errors[0] + 0.9 * errors[1], "B": errors[1] + 0.9 * errors[2]}
"""
# A hidden value leaves the trace and returns as a Python number.
ESCAPED = """
def inputs():
    return {"bids": torch.tensor([0.1, 0.5, 0.3])}
def rule(bids):
    scale = torch.exp(bids).sum().item()
    return {"A": bids[0] / scale, "B": bids[1] / scale}
"""


def write(folder: Path, text: str) -> str:
    """Write a rule to my_rule.py in a folder; return its path."""
    path = folder / "my_rule.py"
    path.write_text(HEAD + text, encoding="utf-8")
    return str(path)
