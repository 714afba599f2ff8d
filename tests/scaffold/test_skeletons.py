"""Skeletons are discovered, and pass the tests for every file of their kind."""

from __future__ import annotations

import ast
import importlib.util
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from claims.theory._judging import judge_cases
from repro import tasks
from repro.algorithms import Outputs
from repro.engine.rollout import Batch
from repro.errors import UserError
from repro.paths import PROJECT
from repro.plugin.claims_plugin import ClaimsPlugin
from repro.scaffold.skeletons import KINDS, LEARNERS, algorithm, claim, claim_ids, task
from repro.verdicts import Verdict
from tests.claims.transfer.world import World
from tests.tasks.requirements import (
    check_best_return,
    check_chance,
    check_converged,
    check_learnable,
    check_unique,
)
from tests.verification.checkout import copy_checkout, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import ModuleType

    from repro.protocol.blocks import Block
    from repro.records.record import Record

WORLD = World({"ppo": 800, "cvs": 100})


def test_places_and_commands(root: Path) -> None:
    made = claim("bids.my_claim", root)
    assert made.place == "claims/bids/my_claim.py"
    assert made.then[0][0] == "python -m repro run --claim bids.my_claim --tier audit"
    assert algorithm("my_rule", root).place == "repro/algorithms/my_rule.py"
    assert task("my_task", root).place == "repro/tasks/my_task.py"
    skeletons = [KINDS[kind](name, root) for kind, name in (("claim", "bids.a"), ("task", "a"))]
    skeletons += [algorithm("a", root, learner) for learner in LEARNERS]
    for made in skeletons:
        assert len(made.then) == 3
        assert "$" not in made.text
        assert ast.get_docstring(ast.parse(made.text))


@pytest.mark.slow
def test_all_of_them_pass_the_tests_for_every_file_of_their_kind(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    skeletons = [claim("transfer.quaint", checkout), task("quaint", checkout)]
    names = {"policy": "quaint", "value": "quaint_values", "auction": "quaint_auction"}
    assert set(names) == set(LEARNERS)
    skeletons += [algorithm(name, checkout, learner) for learner, name in names.items()]
    for made in skeletons:
        (checkout / made.place).write_text(made.text, encoding="utf-8")
    suites = (f"tests/{kind}/test_conformance.py" for kind in ("algorithms", "tasks", "claims"))
    updates = "tests/algorithms/test_conformance_updates.py"
    done = run(f"python -m pytest -v -k quaint {' '.join(suites)} {updates}", checkout)
    assert done.code == 0, done.printed
    for test in (
        *(f"test_it_learns_a_single_decision[{name}]" for name in names.values()),
        "test_a_transfer_starts_from_its_topologys_training[quaint.last]",
        "test_what_is_learned_earns_the_best_return[QuaintAB]",
        "test_its_runs_can_be_trained[transfer/quaint]",
    ):
        assert f"{test} PASSED" in done.out


def imported(path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import a file as the module "quaint"."""
    spec = importlib.util.spec_from_file_location("quaint", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "quaint", module)  # where dataclasses look
    spec.loader.exec_module(module)
    return module


def test_the_algorithm_learns_from_sampled_returns(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = algorithm("quaint", root)
    path = root / made.place
    path.write_text(made.text, encoding="utf-8")
    module = imported(path, monkeypatch)
    # A chain finished in three steps, and one cut after two; states are in the order of the chain.
    tables = tasks.problem("linear_chain.training").merged
    goal = int(np.flatnonzero(tables.terminal)[0])
    batch = Batch(
        state=torch.tensor([[0, 1, 2, 0, 1]]),
        action=torch.zeros(1, 5, dtype=torch.int64),
        next_state=torch.tensor([[1, 2, goal, 1, 2]]),
        reward=torch.tensor([[0.0, 0.0, 0.8, 0.0, 0.0]]),
        episode_end=torch.tensor([[False, False, True, False, True]]),
        mean_return=np.zeros(1),
        bids=torch.empty(1, 5, 0),
    )
    value = torch.tensor([[[0.1, 0.2, 0.3, 0.4, 0.5]]])
    outputs = Outputs(torch.zeros(1, 1, 5, 6), value)
    samples = module.Quaint().assign_credit(batch, tables, outputs)
    followed = [0.8 * 0.99**2, 0.8 * 0.99, 0.8, 0.0, 0.0]
    assert samples["target"].flatten().tolist() == pytest.approx(followed)
    better = np.array(followed) - [0.1, 0.2, 0.3, 0.1, 0.2]
    expected = (better - better.mean()) / better.std(ddof=1)
    assert samples["advantage"].flatten().tolist() == pytest.approx(expected, abs=1e-5)


def test_the_task_may_be_made_stochastic(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As its comment shows; it then still conforms."""
    text = task("quaint", root).text
    certain, shown = "(_START, first, _SECOND, 0.0)", "{_SECOND: 0.9, _START: 0.1}"
    assert text.count(certain) == text.count(shown) == 1
    path = root / "repro" / "tasks" / "quaint.py"
    path.write_text(text.replace(certain, certain.replace("_SECOND", shown)), encoding="utf-8")
    problems = imported(path, monkeypatch).TOPOLOGY.problems("quaint")
    for one in problems:
        check_converged(one)
        (only,) = one.tasks
        assert only.probability is not None
        for check in (check_best_return, check_unique, check_learnable, check_chance):
            check(only)
    for argument in ("locations=", "keys=", "actions=", "horizon="):
        assert argument in text


def serve(blocks: Sequence[Block]) -> dict[Block, Record | Exception]:
    return {block: WORLD.record(block) for block in blocks}


def judged(pytester: pytest.Pytester, text: str) -> tuple[int, ClaimsPlugin]:
    path = pytester.path / "claims" / "transfer" / "skeleton.py"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    plugin = ClaimsPlugin(serve, tuple(range(10)))
    quick = ("-p", "no:hypothesispytest", "-p", "no:benchmark")
    return int(pytester.runpytest_inprocess("claims", *quick, plugins=[plugin]).ret), plugin


def test_a_claim_is_not_run_until_it_is_filled_in(pytester: pytest.Pytester) -> None:
    code, plugin = judged(pytester, claim("transfer.skeleton", PROJECT).text)
    (result,) = plugin.claims
    assert code == 0  # it is not required
    assert (result.id, result.verdict) == ("transfer.skeleton", Verdict.NOT_RUN)
    assert result.explanation == "not filled in: judge() has no rule for 8"
    assert [block.name for block in plugin.blocks] == [
        "ppo/linear_chain.last",
        "cvs/linear_chain.last",
    ]


@pytest.mark.slow
def test_a_claim_that_is_filled_in_is_judged(pytester: pytest.Pytester) -> None:
    text = claim("transfer.skeleton", PROJECT).text
    rule = next(line for line in text.splitlines() if "raise UserError(" in line)
    filled = text.replace(rule, "    return above_in_all(found)")
    code, plugin = judged(pytester, filled.replace("repro.errors import UserError", JUDGE))
    (result,) = plugin.claims
    assert (code, result.verdict, result.required) == (0, Verdict.REPRODUCED, False)
    assert [control.verdict for control in result.controls] == [
        Verdict.NOT_REPRODUCED,
        Verdict.INCONCLUSIVE,
    ]
    assert [one.label for one in result.points] == [
        "ppo/linear_chain.last",
        "cvs/linear_chain.last",
    ]
    assert result.figures == ("curves.linear_chain.last", "steps.linear_chain.last")


JUDGE = "repro.verdicts import above_in_all"


def test_a_claim_of_theory_is_an_audit(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Single-step errors are independent on acyclic trajectories, and Monte Carlo returns are not."""
    made = claim("theory.quaint", PROJECT)
    assert made.then[0][0] == "python -m repro run --claim theory.quaint"
    path = root / "quaint.py"
    path.write_text(made.text, encoding="utf-8")
    module = imported(path, monkeypatch)
    found = module.cases(module.RULE)
    with pytest.raises(
        UserError, match=f"not filled in: judge\\(\\) has no rule for {len(found)} cases"
    ):
        module.judge(found)
    assert judge_cases(found) is Verdict.REPRODUCED
    assert judge_cases(module.cases(module.OTHER)) is Verdict.NOT_REPRODUCED


def test_ids_are_read_from_the_files(root: Path) -> None:
    assert claim_ids(root) == {"transfer.taken": "claims/transfer/other.py"}
    assert claim_ids(PROJECT)["finding.bids_value"] == "claims/bids/finding_value.py"


@pytest.mark.parametrize(
    ("kind", "name", "says"),
    [
        ("claim", "my_claim", "given the claim 'my_claim'; expected group.name, as transfer.my_cl"),
        (
            "claim",
            "bids.a.b",
            "expected a lower-case letter, then lower-case letters, digits and _, at most",
        ),
        ("claim", "bids.", "characters on each side of one dot"),
        ("claim", "../up.a", "given the claim '../up.a'; expected a lower-case letter, then"),
        ("claim", "bids.class", "'class' is a Python keyword"),
        (
            "claim",
            "bid.a",
            "unknown group of claims 'bid'; did you mean bids?; a new group is a fo",
        ),
        (
            "claim",
            "zzz.a",
            "one of: bids, transfer; a new group is a folder claims/zzz with an emp",
        ),
        ("claim", "finding.x", "give transfer.x, as an example, and change the id in the new file"),
        ("claim", "transfer.taken", "claims/transfer/other.py declares the claim 'transfer.taken'"),
        ("algorithm", "My", "given the algorithm 'My'; expected a lower-case letter, then"),
        ("algorithm", "ppo", "repro.algorithms has a 'ppo' already; choose another name"),
        ("algorithm", "base", "repro.algorithms has a 'base' already"),
        ("algorithm", "load", "repro.algorithms has a 'load' already"),
        ("algorithm", "batch", "given the algorithm 'batch'; its file imports another Batch"),
        ("task", "linear_chain", "repro.tasks has a 'linear_chain' already"),
        ("task", "discover", "repro.tasks has a 'discover' already"),
        ("task", "lin", "its tasks would be named Lin..., like the task LinABC: choose another"),
        ("task", "a.b", "given the task 'a.b'; expected a lower-case letter, then"),
    ],
)
def test_invalid_names(root: Path, kind: str, name: str, says: str) -> None:
    with pytest.raises(UserError) as caught:
        KINDS[kind](name, root)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_discovered_yet_counts(root: Path) -> None:
    """For example, a file that was added after the package was imported."""
    (root / "repro" / "algorithms" / "new.py").touch()
    with pytest.raises(UserError, match=r"^repro/algorithms/new.py exists; choose another name"):
        algorithm("new", root)


def test_a_name_that_another_file_defines(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repro.algorithms.algorithm_names", lambda: ("cvs", "elsewhere"))
    with pytest.raises(UserError, match="there is an algorithm 'elsewhere' already"):
        algorithm("elsewhere", root)
