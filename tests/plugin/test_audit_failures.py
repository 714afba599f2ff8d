"""The plugin for users' own suites: failures of audits are readable without any set-up."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
import torch
from _pytest.assertion.rewrite import AssertionRewriter

import repro
from repro.causal import audit
from repro.paths import PROJECT
from repro.plugin.audit_failures import pytest_assertrepr_compare

if TYPE_CHECKING:
    from torch import Tensor

X = {"x": torch.tensor([1.0, 2.0, 3.0])}
SUITE = """
import torch
from repro.causal import assert_modular, audit

X = {"x": torch.tensor([1.0, 2.0, 3.0])}

def first(x):
    return {"a": x[0] - x[1], "b": x[2] * 2}

def second(x):
    return {"a": x[0] - x[1] * x[2], "b": x[2] * 2}

def softmax(x):
    return {"a": x.log_softmax(0)[0], "b": x.log_softmax(0)[1]}

def test_equal():
    assert audit(first, X) == audit(second, X)

def test_modular():
    assert_modular(softmax, X)

def test_reads():
    audit(second, X).assert_not_reads("a", "x[2]")
"""


def first(x: Tensor) -> dict[str, Tensor]:
    return {"a": x[0] - x[1], "b": x[2] * 2}


def second(x: Tensor) -> dict[str, Tensor]:
    return {"a": x[0] - x[1] * x[2], "b": x[2] * 2}


def test_a_failed_comparison_of_verdicts_says_what_differs() -> None:
    left, right = audit(first, X), audit(second, X)
    assert pytest_assertrepr_compare("==", left, right) == [
        "<Verdict: modular, 2 gradients> == <Verdict: modular, 2 gradients>",
        "from the left to the right:",
        "a: now reads x[2]",
        "a: x[0] - x[1] → x[0] - x[1] × x[2]",
    ]


@pytest.mark.parametrize(("op", "left", "right"), [("==", 1, 2), ("!=", None, None)])
def test_other_comparisons_are_left_to_pytest(op: str, left: object, right: object) -> None:
    assert pytest_assertrepr_compare(op, left, right) is None
    verdict = audit(first, X)
    assert pytest_assertrepr_compare("!=", verdict, verdict) is None
    assert pytest_assertrepr_compare("==", verdict, 1) is None


@pytest.mark.slow
def test_failures_show_the_users_line_and_the_reason_only(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)
    arguments = [
        "-m",
        "pytest",
        "-q",
        "-p",
        "repro.plugin.audit_failures",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, *arguments],
        cwd=pytester.path,
        env={**_environment(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    failures = done.stdout.partition("FAILURES")[2].partition("short test summary")[0]
    for line in (
        "E         a: now reads x[2]",
        ">       assert_modular(softmax, X)",
        "E       AssertionError: the rule is not modular: the gradients of a and b share log-sum-exp",
        '>       audit(second, X).assert_not_reads("a", "x[2]")',
        "E       AssertionError: the gradient of a reads x[2]; path: x[2] → product x[1] × x[2] → sum → gradient",
    ):
        assert line in failures
    assert "repro/" not in failures  # no frame of this package


def test_an_idle_plugin_imports_nothing_of_this_package() -> None:
    code = (
        "import sys, repro.plugin.audit_failures as plugin; "
        "plugin.pytest_assertrepr_compare('==', 1, 2); "
        "print(sorted(m for m in sys.modules if m.split('.')[0] in {'repro', 'torch', 'numpy'}))"
    )
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", code], env=_environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['repro', 'repro.plugin', 'repro.plugin.audit_failures']"


def test_the_installed_package_offers_the_plugin_to_pytest() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (module,) = project["entry-points"]["pytest11"].values()
    assert import_module(module).pytest_assertrepr_compare is pytest_assertrepr_compare


def test_pytest_does_not_warn_that_it_cannot_rewrite_the_package() -> None:
    """With an entry point, it would rewrite `repro`, which the command line has imported already."""
    assert AssertionRewriter.is_rewrite_disabled(repro.__doc__ or "")


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PROJECT)}
