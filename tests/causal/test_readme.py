"""The page on audits: its examples print what it shows; that of another library is run by `nox -s oracle`."""

from __future__ import annotations

import re
import shlex
import sys
from typing import TYPE_CHECKING

import pytest
import torch

from repro.causal import audit, audit_module
from repro.cli import main
from repro.cli.audit_run import ANSWERS
from repro.paths import PROJECT
from tests.support.documents import Block, blocks, commands

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

PAGE = PROJECT / "repro" / "causal" / "README.md"
TEXT = PAGE.read_text(encoding="utf-8")
FIRST = "python -m repro audit my_agent.py"
EXAMPLES = [
    block
    for block in blocks(PAGE)
    if block.language == "python" and "stable_baselines3" not in block.text
]
RULE = EXAMPLES[2].text


def test_each_level_has_an_example() -> None:
    headings = [block.heading for block in blocks(PAGE) if block.language == "python"]
    assert headings == [
        "Auditing credit assignment",
        "A function of tensors",
        "A function of tensors",
        "Ends of episodes, and single steps",
        "NumPy",
        "A module",
        "A module",
        "A library's agent",
        "In your tests",
    ]
    assert len(EXAMPLES) == 8


def importable(rule: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Save a rule as the page says, in this folder, from which a later example imports it."""
    (folder / "my_rule.py").write_text(rule, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "my_rule", raising=False)


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: f"line {block.line}")
def test_the_examples_print_what_is_shown(
    block: Block,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    importable(RULE, tmp_path, monkeypatch)
    code = block.text
    exec(compile(code, "README.md", "exec"), {"__name__": "page"})  # noqa: S102 - our own page
    promised = re.findall(r"^print\(.*\)  # (.*)$", code, re.MULTILINE)
    assert len(promised) == code.count("print(")
    assert capsys.readouterr().out.splitlines() == promised


def test_the_first_screen_has_installation_a_first_command_and_what_it_does_not_tell() -> None:
    screen = TEXT.split("\n## ")[0]
    assert screen.count("\n") < 60
    places = ["python -m pip install -e .", FIRST, "**What the answer does not tell.**"]
    assert sorted(places, key=screen.index) == places


def test_the_first_command_answers_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = re.search(FIRST, TEXT)
    assert command
    (tmp_path / "my_agent.py").write_text(EXAMPLES[0].text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["audit", "my_agent.py"]) == 1
    assert "log-sum-exp, shared by left, right" in capsys.readouterr().out


def test_the_rule_is_audited_and_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (command,) = (c.words for b in blocks(PAGE) for c in commands(b) if "my_rule.py" in c.words)
    importable(RULE, tmp_path, monkeypatch)
    assert main(shlex.split(command)[3:]) == 1
    assert "log-sum-exp" in capsys.readouterr().out
    assert (tmp_path / "rule.svg").read_text(encoding="utf-8").count("gradient of") >= 2


def test_the_assertions_can_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = RULE.replace("log_policy * reward", "log_policy * reward.sum()")
    assert changed != RULE
    importable(changed, tmp_path, monkeypatch)
    with pytest.raises(AssertionError, match=r"left at step 0 reads reward\[1\]"):
        exec(compile(EXAMPLES[-1].text, "README.md", "exec"), {})  # noqa: S102 - our own page


def test_answers_and_exit_codes_are_those_of_the_command() -> None:
    rows = re.findall(r"^\| ([a-z -]+) \| (\d) \|", TEXT, re.MULTILINE)
    assert {answer: int(code) for answer, code in rows} == {a.value: c for a, c in ANSWERS.items()}


def test_the_numbers_of_bugs_are_those_of_their_table() -> None:
    table = (PROJECT / "tests" / "causal" / "bugs" / "README.md").read_text(encoding="utf-8")
    found = dict(re.findall(r"(verdict|pairs|reads|formulas) (\d+)", table))
    (count,) = re.findall(r"Of (\d+) bugs", table)
    assert found["formulas"] == count
    bugs = f"[{count} known bugs](../../tests/causal/bugs/README.md)"
    shown = " ".join(TEXT.split())
    assert (
        f"in {found['verdict']} of {bugs}; what gradients *read* differs in {found['reads']}, "
        in shown
    )
    assert f" and their formulas in all {count}." in shown
    assert f"{bugs} are kept" in shown
    ways = f"the verdict differs in {found['verdict']}, what gradients read in {found['reads']}, and the formulas in {count}."
    assert ways in shown


def test_the_episode_example_fails_with_the_bug_that_it_looks_for() -> None:
    (example,) = (one.text for one in EXAMPLES if one.heading.startswith("Ends of episodes"))
    changed = example.replace(" * ~done[t]", "").replace("print(", "str(")
    with pytest.raises(
        AssertionError, match=r"reward\[2\], across the end of an episode at step 1"
    ):
        exec(compile(changed, "README.md", "exec"), {"__name__": "page"})  # noqa: S102 - our own page


@pytest.mark.parametrize(
    ("make_ends", "read"),
    [(torch.Tensor.bool, {"r[0]", "r[1]"}), (torch.Tensor.float, {"r[0]", "r[1]", "r[2]"})],
    ids=["truth values", "numbers"],
)
def test_rewards_of_the_next_episode_are_read_if_ends_are_numbers(
    make_ends: Callable[[Tensor], Tensor], read: set[str]
) -> None:
    def returns(r: Tensor, done: Tensor) -> dict[str, Tensor]:
        total, found = r.new_zeros(()), []
        for t in (2, 1, 0):
            total = r[t] + 0.9 * torch.where(done[t].bool(), torch.zeros(()), total)
            found.append(total)
        return {"g": torch.stack(found[::-1])}

    inputs = {"r": torch.rand(3), "done": make_ends(torch.tensor([0, 1, 0]))}
    verdict = audit(returns, inputs, per="step")
    assert {one for one in verdict.reads["g[0]"] if one.startswith("r")} == read


def test_two_networks_on_one_batch_share_nothing_as_coded_and_nothing_on_batches_of_their_own() -> (
    None
):
    a, b = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)

    def step(obs: Tensor, own: Tensor) -> Tensor:
        loss: Tensor = a(obs).square().mean() + b(own).square().mean()
        return loss

    obs = torch.rand(4, 2)
    common = audit_module(lambda obs: step(obs, obs), {"a": a, "b": b}, batch={"obs": obs})
    assert (common.answer, common.as_coded) == ("implementation-dependent", True)
    batch = {"obs": obs, "own": torch.rand(4, 2)}
    assert audit_module(step, {"a": a, "b": b}, batch=batch).answer == "modular"


@pytest.mark.parametrize(
    ("fused", "clipped", "answer"),
    [
        (None, False, "modular"),
        (True, False, "undetermined"),
        (None, True, "not modular"),
    ],
    ids=["plain", "fused", "a norm far below its limit"],
)
def test_a_fused_optimiser_is_not_followed_and_a_norm_without_effect_is_shared(
    fused: bool | None, clipped: bool, answer: str
) -> None:
    parts = {"a": torch.nn.Linear(2, 1), "b": torch.nn.Linear(2, 1)}
    weights = [p for part in parts.values() for p in part.parameters()]
    adam = torch.optim.Adam(weights, fused=fused)

    def step(a: Tensor, b: Tensor) -> None:
        adam.zero_grad()
        (parts["a"](a) + parts["b"](b)).sum().backward()
        if clipped:
            torch.nn.utils.clip_grad_norm_(weights, 1e9)
        adam.step()

    batch = {"a": torch.rand(1, 2), "b": torch.rand(1, 2)}
    assert audit_module(step, parts, batch=batch).answer == answer


def test_a_maximum_is_what_was_selected_or_what_was_compared() -> None:
    def targets(q: Tensor) -> dict[str, Tensor]:
        return {"left": 0.9 * q.max() - q[0], "right": q[1].exp()}

    route, strict = (
        audit(targets, {"q": torch.tensor([0.1, 0.7, 0.3])}, selection=selection)
        for selection in ("route", "strict")
    )
    assert route.reads["left"] == {"q[0]", "q[1]"}
    assert strict.reads["left"] == {"q[0]", "q[1]", "q[2]"}


def test_links_exist() -> None:
    targets = re.findall(r"\]\(([^)#]+)", TEXT)
    assert targets
    assert [one for one in targets if not (PAGE.parent / one).is_file()] == []
    named = set(re.findall(r"`(nox -s \w+)`", TEXT))
    sessions = (PROJECT / "noxfile.py").read_text(encoding="utf-8")
    assert {one for one in named if f"def {one.split()[-1]}(" not in sessions} == set()
