"""`python -m repro audit`, from a file to an exit code."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from repro import cli
from repro.causal.auditing.findings import Answer
from repro.cli import audit_run
from tests.cli.audit_example import IMPLEMENTATION_DEPENDENT, MODULAR, NOT, UNDETERMINED, verdict
from tests.cli.audit_rules import ESCAPED, ONE_STEP, REINFORCE, TELESCOPED, write

ENDS = {
    "reinforce": (REINFORCE, 1),
    "one": (ONE_STEP, 0),
    "two": (TELESCOPED, 4),
    "item": (ESCAPED, 3),
}
WORDS = {0: "modular", 1: "not modular", 3: "undetermined", 4: "implementation-dependent"}


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
    named = Path(write(tmp_path, ONE_STEP))
    odd = named.rename(os.fsdecode(os.fsencode(tmp_path) + b"/r\xc3\xbcle \xff.py"))
    figure = tmp_path / "rule.svg"
    assert cli.main(["audit", str(odd), f"--figure={figure}"]) == 0
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
        ("import no_such_library\n", "my_rule.py:2 imports no_such_library"),
        (
            ONE_STEP.replace("    errors", "    import no_such_library\n    errors"),
            "the rule imports no_such_library (my_rule.py:6), and no module has that name; correct the name",
        ),
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
