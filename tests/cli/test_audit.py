"""`python -m repro audit`, from a file to an exit code."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from repro import cli
from repro.causal.auditing.verdict import Answer
from repro.cli import audit_run
from tests.cli.audit_example import IMPLEMENTATION_DEPENDENT, MODULAR, NOT, UNDETERMINED, verdict

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
ENDS = {
    "reinforce": (REINFORCE, 1),
    "one": (ONE_STEP, 0),
    "two": (TELESCOPED, 4),
    "item": (ESCAPED, 3),
}
WORDS = {0: "modular", 1: "not modular", 3: "undetermined", 4: "implementation-dependent"}


def write(folder: Path, text: str) -> str:
    path = folder / "my_rule.py"
    path.write_text(HEAD + text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", ENDS)
def test_real_rules_end_to_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text, code = ENDS[name]
    path = write(tmp_path, text)
    assert cli.main(["audit", path]) == code
    output = capsys.readouterr()
    assert f" {WORDS[code].upper()} " in output.out
    assert output.err == ""
    assert cli.main(["audit", path, "--json"]) == code
    body = json.loads(capsys.readouterr().out)
    assert body["answer"] == WORDS[code]


def test_the_witness_of_a_softmax_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["audit", write(tmp_path, REINFORCE), "--verify"])
    output = capsys.readouterr().out
    assert "log-sum-exp, shared by A, B, C" in output
    assert "conditioned on       bids, ret\n" in "\n".join(x.rstrip() for x in output.splitlines())
    assert "changed with all inputs held fixed: 0 violations" in output


@pytest.mark.parametrize("answer", list(Answer))
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_the_exit_code_is_the_answer(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: Answer,
    flags: list[str],
) -> None:
    monkeypatch.setattr(audit_run, "audit", lambda *_, **__: verdict(answer))
    code = {MODULAR: 0, NOT: 1, UNDETERMINED: 3, IMPLEMENTATION_DEPENDENT: 4}[answer]
    assert cli.main(["audit", write(tmp_path, ONE_STEP), *flags]) == code
    output = capsys.readouterr().out
    if flags:
        assert json.loads(output) == verdict(answer).to_dict()


def test_a_file_name_with_bytes_that_are_no_text_is_drawn(tmp_path: Path) -> None:
    """As in a locale without its characters, where they are bytes to Python."""
    named = os.fsencode(tmp_path) + b"/r\xc3\xbcle \xff.py"
    Path(os.fsdecode(named)).write_text(HEAD + ONE_STEP, encoding="utf-8")
    figure = tmp_path / "rule.svg"
    assert cli.main(["audit", os.fsdecode(named), f"--figure={figure}"]) == 0
    assert figure.stat().st_size > 0


def test_all_options_reach_the_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []

    def fake(rule: object, inputs: dict[str, object], **rest: object) -> object:
        asked.append({"rule": rule, "inputs": set(inputs), **rest})
        return verdict(MODULAR)

    monkeypatch.setattr(audit_run, "audit", fake)
    more = (
        "def mechanisms():\n    return {'A': 1}\ndef update(g):\n    return g\nexecution = update\n"
    )
    cli.main(["audit", write(tmp_path, ONE_STEP)])
    cli.main(["audit", write(tmp_path, ONE_STEP + more), "--selection=strict", "--verify"])
    plain, full = asked
    assert plain["inputs"] == full["inputs"] == {"values", "rewards"}
    names = ("mechanisms", "selection", "verify", "update", "execution")
    assert [plain[name] for name in names] == [None, "route", False, None, None]
    assert [full[name] for name in names[:3]] == [{"A": 1}, "strict", True]
    assert callable(full["update"])
    assert full["execution"] is full["update"]


def test_what_the_rule_prints_is_kept_out_of_the_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chatty = "print('loading')\n" + ONE_STEP.replace(
        "    errors", "    print('running')\n    errors"
    )
    assert cli.main(["audit", write(tmp_path, chatty), "--json"]) == 0
    output = capsys.readouterr()
    assert json.loads(output.out)["answer"] == "modular"
    assert "loading" in output.err
    assert "running" in output.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def rule(:\n", "my_rule.py:2: SyntaxError"),
        ("x = 1\n", "it has no rule"),
        (ONE_STEP.replace("rule", "role"), "it has no rule"),
        (ONE_STEP.replace("def inputs():", "def inputs(n):"), "in inputs()"),
        ("inputs = 3\ndef rule(): pass\n", "inputs is a int"),
        ("def rule(): pass\ndef inputs():\n    return [1]\n", "inputs() returned a list"),
        ("def rule(x): pass\ndef inputs():\n    return {'x': 1}\n", "input 'x'"),
        (ONE_STEP.replace('return {"A"', 'return {1 / 0: 0, "A"'), "ZeroDivisionError"),
        (ONE_STEP.replace('"A": -errors[0], ', ""), "gradients of 1 mechanism"),
        (ONE_STEP.replace("    errors", "    raise SystemExit(0)\n    errors"), "the rule exits"),
    ],
)
def test_bad_input_is_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    assert cli.main(["audit", write(tmp_path, text)]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    (line,) = output.err.splitlines()
    assert line.startswith("error: ")
    assert message in line


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["audit", str(tmp_path / "none.py")]) == 2
    assert "none.py does not exist" in capsys.readouterr().err


def test_an_interruption(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["audit", write(tmp_path, "raise KeyboardInterrupt\n")]) == 130
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("ending", "begins"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_the_figure_has_the_witness_in_colour(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str, begins: bytes
) -> None:
    target = tmp_path / f"graph.{ending}"
    assert cli.main(["audit", write(tmp_path, REINFORCE), f"--figure={target}"]) == 1
    assert capsys.readouterr().err == ""
    drawn = target.read_bytes()
    assert drawn.startswith(begins)
    assert (b"#d55e00" in drawn) is (ending == "svg")
    assert {path.name for path in tmp_path.iterdir()} == {"my_rule.py", target.name}


def test_a_figure_without_witness_has_no_colour(tmp_path: Path) -> None:
    target = tmp_path / "graph.svg"
    assert cli.main(["audit", write(tmp_path, ONE_STEP), f"--figure={target}"]) == 0
    assert b"#d55e00" not in target.read_bytes()


def test_what_each_gradient_reads_is_drawn_and_in_the_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "reads.svg"
    rule = ONE_STEP.replace('{"A": -errors[0], "B": -errors[1]}', '{"A": -errors}')
    words = ["audit", write(tmp_path, rule), f"--reads={target}", "--json", "--per=step"]
    assert cli.main(words) == 0
    assert json.loads(capsys.readouterr().out)["reads"] == {
        "A[0]": ["values[0:2]", "rewards[0]"],
        "A[1]": ["values[1:3]", "rewards[1]"],
    }
    assert target.read_bytes().startswith(b"<?xml")
    nowhere = tmp_path / "none" / "reads.svg"
    assert cli.main(["audit", write(tmp_path, ONE_STEP), f"--reads={nowhere}"]) == 2
    assert "give another --reads" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["graph.pdf", "graph", "svg"])
def test_other_kinds_of_figure_are_rejected_before_the_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["audit", str(tmp_path / "none.py"), f"--figure={name}"])
    assert stopped.value.code == 2
    assert f"given '{name}'; expected a path that ends in .svg or .png" in capsys.readouterr().err


def test_a_figure_that_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "none" / "graph.svg"
    assert cli.main(["audit", write(tmp_path, ONE_STEP), f"--figure={target}"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert f"the figure cannot be written to {target}: No such file" in output.err


def test_help_explains_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["audit", "--help"])
    assert stopped.value.code == 0
    output = " ".join(capsys.readouterr().out.split())
    assert (
        "exit codes: 0 modular 1 not modular 2 usage or bad input 3 undetermined "
        "4 implementation-dependent 130 interrupted"
    ) in output


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_the_environment_turns_colours_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    coloured: bool,
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    cli.main(["audit", write(tmp_path, ONE_STEP)])
    out = capsys.readouterr().out
    assert any(f"\x1b[{weight}32m" in out for weight in ("", "1;")) is coloured


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


def test_a_training_step_that_trains_nothing_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, SOCIETY + "def step(x, reward): pass")
    assert cli.main(["audit", path]) == 2
    assert "the step trains nothing" in capsys.readouterr().err


def test_requires_grad_that_was_forgotten_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = """
def inputs():
    return {"bids": torch.tensor([0.1, 0.5])}
def rule(bids):
    (gradient,) = torch.autograd.grad(bids.exp().sum(), bids)
    return {"A": gradient[0], "B": gradient[1]}
"""
    assert cli.main(["audit", write(tmp_path, text)]) == 2
    error = capsys.readouterr().err
    assert "make it with requires_grad=True" in error
    assert error.count("\n") == 1
