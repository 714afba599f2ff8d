"""`python -m repro audit` of training steps of modules, and of rules in NumPy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from repro import cli
from tests.cli.audit_rules import write

SOCIETY = """
left, right, critic = (torch.nn.Linear(2, 1) for _ in range(3))
def modules():
    return {"left": left, "right": right}
def others():
    return {"critic": critic}
def batch():
    return {"x": torch.tensor([[0.1, 0.5], [0.3, 0.2]]), "reward": torch.tensor([0.5, 0.9])}
"""
OWN_SAMPLES = """
def step(x, reward):
    error = reward - critic(x)[:, 0].detach()
    return left(x)[0, 0] * error[0] + right(x)[1, 0] * error[1]
"""
ONE_SOFTMAX = """
def step(x, reward):
    bids = torch.cat([left(x), right(x)], 1)
    return (bids.log_softmax(1)[:, 0] * reward).sum()
"""


@pytest.mark.parametrize(("step", "code"), [(OWN_SAMPLES, 0), (ONE_SOFTMAX, 1)])
def test_a_training_step_of_modules(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], step: str, code: int
) -> None:
    assert cli.main(["audit", write(tmp_path, SOCIETY + step), "--json"]) == code
    body = json.loads(capsys.readouterr().out)
    assert body["factorised"] is True
    assert {"left.weight", "critic.bias", "reward"} <= {*body["conditioned"]}


BUFFER_IN_NUMPY = """
import numpy as np
class Buffer:
    rewards = [0.5, -0.3, 0.2, 0.7]
    def __init__(self):
        self.kept = np.array(self.rewards, dtype=np.float32)
    def advantages(self):
        return torch.as_tensor((self.kept - self.kept.mean()) / self.kept.std())
buffer = Buffer()
def step(x, reward):
    advantages = buffer.advantages()
    return left(x)[0, 0] * advantages[0] + right(x)[1, 0] * advantages[1]
"""


def test_what_a_step_computes_with_numpy_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, SOCIETY + BUFFER_IN_NUMPY)
    assert cli.main(["audit", path, "--verify"]) == 3
    shown = " ".join(capsys.readouterr().out.split())
    before = Path(path).read_text("utf-8").partition("        return torch.as_tensor")[0]
    line, name = before.count("\n") + 1, path.rpartition("/")[2]
    assert "UNDETERMINED" in shown
    assert f"with NumPy or Python: tensor of 4 ({name}:{line}); compute them with torch" in shown


IN_NUMPY = """
import numpy as np
def inputs():
    return {"bids": np.array([0.1, 0.5, 0.3])}
def rule(bids):
    scale = np.exp(bids).sum()
    return {"A": bids[0] / scale, "B": bids[1] / scale}
"""


def test_a_rule_in_numpy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, IN_NUMPY)
    assert cli.main(["audit", path, "--numpy", "--json"]) == 1
    body = json.loads(capsys.readouterr().out)
    assert body["witnesses"][0]["expression"] == "(exp(bids[0]) + exp(bids[1]) + exp(bids[2]))"
    assert cli.main(["audit", path]) == 2
    assert "'bids': given a ndarray; expected a tensor" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [(["--algorithm=cvs"], "algorithms here are written with torch"), ([], "--numpy is for rules")],
)
def test_numpy_is_only_for_rules(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    given = words or [write(tmp_path, SOCIETY + OWN_SAMPLES)]
    assert cli.main(["audit", "--numpy", *given]) == 2
    output = capsys.readouterr()
    assert message in output.err
    assert output.err.count("\n") == 1


def test_a_training_step_that_trains_nothing_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, SOCIETY + "def step(x, reward): pass")
    assert cli.main(["audit", path]) == 2
    assert "the step trains nothing" in capsys.readouterr().err
