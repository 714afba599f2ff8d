"""The command line judges synthetic records: verdicts, report and exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro import cli
from repro.algorithms.ppo import PPO
from repro.plugin import record_supply
from repro.protocol.blocks import Block, pretraining, transfer
from repro.records.record import Record, weight_names
from repro.records.store import Store
from repro.statistics import ConvergenceTimes
from tests.support.cli_place import skip_drawing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

SEEDS = tuple(range(10))
TEN = "--seeds=0-9"
"""Fewer than the paper tier has: claims are then judged once, and nothing is compared with shipped runs."""
CLAIMS = {"transfer.headline", "transfer.headline_direction", "transfer.training_efficiency"}
# The claims of the theory need no runs, and have their own tests.
THESE = [f"--claim={name}" for name in sorted(CLAIMS)]


def test_lists(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list", "algorithms", "--json"]) == 0
    shown = {row["algorithm"]: row["name"] for row in json.loads(capsys.readouterr().out)}
    assert shown.items() >= {"cvs": "CVS", "ppo": "PPO", "sarsa": "SARSA"}.items()
    assert cli.main(["list", "hyperparameters"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == ["algorithm", "hyperparameter", "default"]
    assert ["ppo", "minibatch", "256"] in rows
    assert ["q_learning", "epsilon", "0.1"] in rows
    assert cli.main(["list", "tasks"]) == 0
    assert "common_descendant.both_ancestors" in capsys.readouterr().out
    assert cli.main(["list", "claims", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    sources = {row["claim"]: row["source"] for row in listed}
    assert sources.keys() >= CLAIMS
    cited = zip(sorted(CLAIMS), ("talk:44", "talk:43", "talk:42"), strict=True)
    assert all(line in sources[name].split() for name, line in cited)


@pytest.fixture(autouse=True)
def drawing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Skip drawing, which takes most of the time, until a test calls this."""
    with monkeypatch.context() as patch:
        skip_drawing(patch)
        yield patch.undo


def needed() -> dict[str, Block]:
    """Return the blocks that the claims need, by a short name."""
    arms = ("cvs", "ppo", "ppof")
    topologies = ("linear_chain", "common_ancestor", "common_descendant")
    blocks = {f"train {a} {t}": pretraining(a, t, SEEDS) for a in arms for t in topologies}
    blocks |= {a: transfer(a, "linear_chain.last", SEEDS) for a in arms}
    rates = (("policy_lr", PPO.policy_lr / 10), ("value_lr", PPO.value_lr / 10))
    slow = Block("ppo", "linear_chain.training", SEEDS, 1200, extra_epochs=0, hyperparameters=rates)
    return blocks | {"slow": slow}


def store_of(folder: Path, **epochs: int) -> Store:
    """Return a store in which the runs of an arm converge near this epoch; 0: they never converge."""
    store = Store(folder)
    spread = np.arange(len(SEEDS)) - 4
    for name, block in needed().items():
        around = epochs.get(name.replace(" ", "_"), 0 if name == "slow" else 300)
        length = around + 60 if around else 1200
        returns = np.full((len(SEEDS), length), 0.1)
        for row, first in zip(returns, around + spread, strict=True):
            row[first - 1 if around else length :] = 0.8
        times = ConvergenceTimes(
            around + spread if around else np.full(len(SEEDS), length),
            np.full(len(SEEDS), not around),
        )
        store.save(
            Record(
                block,
                returns,
                times,
                {},
                {},
                dict.fromkeys(weight_names(block), spread.astype(np.float32)),
                {},
            ),
            {"seconds": 1.0},
        )
    return store


def verdicts(report: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    return {claim["id"].removeprefix("transfer."): claim["verdict"] for claim in report["claims"]}


def test_a_world_in_which_all_claims_are_true(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    drawing: Callable[[], None],
) -> None:
    store = store_of(tmp_path / "runs", cvs=200, ppo=2780, ppof=1800)
    words = ["report", TEN, f"--store={store.folder}", f"--out={tmp_path / 'out'}", "--json"]
    assert cli.main([*words, *THESE]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert verdicts(printed) == {
        "headline": "reproduced",
        "headline_direction": "reproduced",
        "training_efficiency": "reproduced",
    }
    headline = next(c for c in printed["claims"] if c["id"] == "transfer.headline")
    # (2780 + 0.5) / (200 + 0.5), as the seeds are from 4 below to 5 above.
    assert headline["measured"]["value"] == pytest.approx(2780.5 / 200.5)
    assert printed["tier"] == "custom"
    assert json.loads((tmp_path / "out" / "claims.json").read_text()) == printed
    rows = (tmp_path / "out" / "runs.csv").read_text().splitlines()
    assert rows[0] == "algorithm,problem,seed,epochs,censored,tier"
    assert len(rows) == 1 + 13 * len(SEEDS)
    assert "cvs,linear_chain.last,0,196,False,custom" in rows
    assert "ppo policy_lr=4e-06 value_lr=0.0005,linear_chain.training,3,1200,True,custom" in rows
    drawing()
    monkeypatch.setattr(
        "repro.plugin.report_sections.problem_pictures", list
    )  # twelve slow drawings, which have their own tests
    assert cli.main([*words, "--claim=transfer.headline"]) == 0
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.count("data:image/svg+xml;base64,") == len(list((tmp_path / "out").glob("*/*.svg")))
    left = {path.stem for path in (tmp_path / "out" / "figures").iterdir()}
    assert {name for name in left if not name.startswith("oracle")} == {
        "ratio.headline",
        "verdicts_over_versions",
    }


def test_a_world_in_which_ppo_is_faster(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = store_of(tmp_path / "runs", cvs=900, ppo=300)
    words = ["report", TEN, f"--store={store.folder}", f"--out={tmp_path / 'out'}"]
    assert cli.main([*words, *THESE]) == 1
    output = capsys.readouterr().out
    assert "flipped" in output
    assert "exit code 1" in output.splitlines()[-1]
    result = verdicts(json.loads((tmp_path / "out" / "claims.json").read_text()))
    assert result["headline_direction"] == "not reproduced"
    assert result["headline"] == "not reproduced"


def test_a_control_that_is_reproduced_fails_the_run(tmp_path: Path) -> None:
    """If "slow" PPO is as fast as the others, the check of training efficiency is worthless."""
    store = store_of(tmp_path / "runs", cvs=200, ppo=2780, ppof=1800, slow=310)
    out = tmp_path / "out"
    words = ["report", TEN, f"--store={store.folder}", f"--out={out}"]
    assert cli.main([*words, "--claim=transfer.training_efficiency"]) == 1
    (claim,) = json.loads((out / "claims.json").read_text())["claims"]
    assert claim["verdict"] == "reproduced"
    assert claim["flipped"] is True


def test_censored_runs_make_a_bound(tmp_path: Path) -> None:
    store = store_of(tmp_path / "runs", cvs=100, ppo=0)
    out = tmp_path / "out"
    cli.main(["report", TEN, f"--store={store.folder}", f"--out={out}", *THESE])
    report = json.loads((out / "claims.json").read_text())
    assert verdicts(report)["headline_direction"] == "reproduced"
    assert verdicts(report)["headline"] == "inconclusive"
    headline = next(c for c in report["claims"] if c["id"] == "transfer.headline")
    assert headline["measured"]["high"] is None
    means = {d["label"].rpartition(" ")[2]: d for d in headline["details"] if "mean" in d["label"]}
    assert (means["PPO"]["low"], means["PPO"]["high"]) == (1200, None)
    assert means["CVS"]["low"] is None
    assert headline["censored"] == 10


def test_without_runs_no_claim_can_be_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["report", f"--store={tmp_path / 'none'}", f"--out={tmp_path / 'out'}"]
    assert cli.main([*words, *THESE]) == 3
    assert "python -m repro run" in capsys.readouterr().out
    assert set(verdicts(json.loads((tmp_path / "out/claims.json").read_text())).values()) == {
        "not run"
    }


def test_other_seeds_are_another_tier(tmp_path: Path) -> None:
    for seeds, tier, label in (
        ("10-39", "paper", "paper tier"),
        ("10-19", "custom", "paper tier with other seeds (10-19)"),
        ("0-29", "custom", "paper tier with other seeds (0-29)"),
    ):
        words = [f"--seeds={seeds}", f"--store={tmp_path / 'none'}", f"--out={tmp_path}"]
        cli.main(["report", *words, *THESE])
        body = json.loads((tmp_path / "claims.json").read_text())
        assert (body["tier"], body["tier_label"]) == (tier, label)
        assert f"; chosen: {len(body['claims'])} of {body['known']} claims" in body["about"]
        assert f"<title>Claims, {label}: " in (tmp_path / "index.html").read_text()


def test_an_unknown_claim_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", "--claim=transfer.hedline"]) == 2
    output = capsys.readouterr()
    assert "did you mean transfer.headline" in output.err
    assert "Traceback" not in output.err + output.out


def test_an_interruption_keeps_runs_and_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(record_supply, "run_blocks", interrupted)
    (tmp_path / "index.html").write_text("an earlier report")
    words = ["run", f"--store={tmp_path / 'runs'}", f"--out={tmp_path}", "--jobs=1"]
    words += THESE
    assert cli.main(words) == 130
    assert "the same command continues" in capsys.readouterr().err
    assert cli.main([*words, "--fresh"]) == 130
    assert "the same command without --fresh continues" in capsys.readouterr().err
    assert (tmp_path / "index.html").read_text() == "an earlier report"


def test_a_report_that_cannot_be_written_is_an_error_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(record_supply, "run_blocks", lambda *_, **__: pytest.fail("it has trained"))
    (tmp_path / "file").write_text("")
    words = [f"--store={tmp_path / 'runs'}", f"--out={tmp_path / 'file'}", *THESE]
    assert cli.main(["run", *words]) == 2
    assert "give another --out" in capsys.readouterr().err
    store_of(tmp_path / "runs", cvs=200, ppo=2780, ppof=1800)
    assert cli.main(["report", *words]) == 2
    output = capsys.readouterr()
    assert "the report cannot be written" in output.err
    assert "Traceback" not in output.out + output.err
    assert "transfer.headline_direction" not in output.out


def test_a_corrupt_record_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = store_of(tmp_path / "runs", cvs=200, ppo=2780, ppof=1800)
    path = store.path(needed()["ppof"], "npz")
    path.write_bytes(path.read_bytes()[:100])
    words = ["report", TEN, f"--store={store.folder}", f"--out={tmp_path / 'out'}"]
    assert cli.main([*words, *THESE]) == 3
    output = capsys.readouterr()
    assert "the record of ppof/linear_chain.last" in output.err
    assert "cannot be used" in output.err
    assert path.exists()
