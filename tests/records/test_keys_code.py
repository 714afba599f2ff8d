"""Which code a key depends on."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from repro.errors import UserError
from repro.paths import PROJECT
from repro.protocol.blocks import transfer
from repro.records import keys
from repro.storage.syntax_digest import code_digest, imported_modules

if TYPE_CHECKING:
    from pathlib import Path

TRAINING = {
    "repro.protocol.blocks",
    "repro.training.loop",
    "repro.training.trainer",
    "repro.engine.networks",
    "repro.engine.rollout",
    "repro.engine.kernels.network",
    "repro.engine.kernels.rollout",
    "repro.engine.kernels.beta_sampling",
    "repro.statistics.convergence",
    "repro.mdp.task",
}


@pytest.mark.parametrize(
    ("algorithm", "own", "other"),
    [
        (
            "cvs",
            {
                "repro.algorithms.cvs",
                "repro.credit.vickrey",
                "repro.engine.kernels.torch_on_numbers",
            },
            "repro.algorithms.ppo",
        ),
        ("ppo", {"repro.algorithms.ppo", "repro.credit.policy_gradient"}, "repro.algorithms.cvs"),
    ],
)
def test_the_key_follows_all_code_that_trains(
    algorithm: str, own: set[str], other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    requested: list[tuple[str, ...]] = []

    def digest(modules: tuple[str, ...]) -> str:
        requested.append(modules)
        return "digest"

    monkeypatch.setattr(keys, "code_digest", digest)
    keys.key(transfer(algorithm, "linear_chain.last", (0,)))
    assert len(requested) == 2  # for the transfer and for its parent
    for modules in requested:
        followed = set(imported_modules(modules))
        assert {*TRAINING, *own, "repro.tasks.linear_chain"} <= followed
        assert not {other, "repro.tasks.common_ancestor"} & followed


def test_a_label_does_not_change_keys_by_itself(tmp_path: Path) -> None:
    """Training imports the digest, because compiled code is stored under one."""
    digests = []
    for name in ("before", "after"):
        shutil.copytree(PROJECT / "repro", tmp_path / name / "repro")
        file = tmp_path / name / "repro" / "storage" / "syntax_digest.py"
        if name == "after":
            source = file.read_text(encoding="utf-8")
            assert "LABELS: Labels = ()" in source
            file.write_text(
                source.replace(
                    "LABELS: Labels = ()", "LABELS: Labels = (('repro.new', 'repro.old'),)"
                ),
                encoding="utf-8",
            )
        digests.append(code_digest((keys.TRAINING,), folder=tmp_path / name))
    assert digests[0] == digests[1]


def test_the_code_is_what_training_imports_and_nothing_else() -> None:
    """Figures, schedules and other algorithms are not part of it."""
    tree = imported_modules(("repro.training.run", "repro.algorithms.cvs"))
    assert {
        "repro.training.loop",
        "repro.credit.vickrey",
        "repro.engine.rollout",
        "repro.mdp.task",
    } <= set(tree)
    assert not {"repro.algorithms.ppo", "repro.figures", "repro.execution.schedule"} & set(tree)


@pytest.mark.parametrize("name", ["repro.training.gone", "repro.training.run.run"])
def test_a_renamed_training_module_is_an_error_until_its_name_follows(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "TRAINING", name)
    with pytest.raises(UserError, match=rf"given the module '{name}'; expected one in .*keys"):
        keys.key(transfer("cvs", "linear_chain.last", (0,)))
