"""Command lines: nearly right, odd, too long, or contradictory."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from repro import cli
from repro.cli import docs, explain, judging, new
from repro.errors import TrainingError, UserError
from repro.plugin import options as claim_options
from repro.plugin import project, record_supply
from repro.plugin.exit_codes import BAD_INPUT
from repro.protocol.matched import with_needed
from repro.report.documents import update
from repro.storage import remembered
from tests.support.cli_place import skip_drawing
from tests.support.shipping import record
from tests.verification.fuzz.bounds import ViolationError, kind_of, one_error
from tests.verification.fuzz.grammar import GRAMMAR, JUDGED, QUICK, odd
from tests.verification.fuzz.running import Property

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repro.protocol.blocks import Block
    from repro.records.store import Store

MOST_SEEDS = 12
"""Maximum number of seeds with synthetic records."""
RULE = """
import torch
def rule(x):
    return {"a": x[:1] * 2, "b": x[1:].exp()}
def inputs():
    return {"x": torch.tensor([0.5, 1.5])}
"""


class Cheap:
    """Pytest plugin that judges only one claim."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> None:
        """Stop all claims but one before they start."""
        marker = pyfuncitem.get_closest_marker("claim")
        if marker is None or marker.kwargs.get("id") != JUDGED:
            raise UserError("not judged here")


def _synthetic(blocks: Sequence[Block], store: Store, **_: object) -> dict[Block, object]:
    """Make synthetic records instead of training."""
    store.prepare()
    wanted = with_needed(blocks)
    if any(len(block.seeds) > MOST_SEEDS for block in wanted):
        return dict.fromkeys(wanted, TrainingError("too many seeds"))
    first = {"cvs": 60, "ppof": 400, "ppo": 720}
    return {b: record(b, min(first.get(b.algorithm, 90), max(1, b.epochs - 40))) for b in wanted}


@contextlib.contextmanager
def place(folder: Path) -> Iterator[None]:
    """Let the commands work in `folder`, with the claims of this project; nothing is trained."""
    real = pytest.main

    def judged(arguments: list[str]) -> int:
        return int(real(arguments, plugins=[Cheap()]))

    (folder / "claims" / "transfer").mkdir(parents=True)
    (folder / "claims" / "transfer" / "__init__.py").touch()
    (folder / "repro" / "tasks").mkdir(parents=True)
    (folder / "repro" / "algorithms").mkdir()
    (folder / "file").write_text("a file", encoding="utf-8")
    (folder / "rule.py").write_text(RULE, encoding="utf-8")
    (folder / "broken.py").write_text("def rule(", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        skip_drawing(patch)
        patch.setattr(new, "PROJECT", folder)
        patch.setattr(remembered, "FOLDER", folder / "build" / "listings")
        patch.setattr(docs, "update", functools.partial(update, project=folder))
        for module in (docs, explain, judging):
            patch.setattr(module, "REPORT", folder / "build" / "claims")
        patch.setattr(claim_options, "REPORT", folder / "build" / "claims")
        patch.setattr(claim_options, "RUNS", folder / "build" / "runs")
        patch.setattr(claim_options, "SHIPPED", folder / "data" / "runs")
        patch.setattr(project, "commit", lambda: ("c0ffee", False))
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        patch.setattr(record_supply, "run_blocks", _synthetic)
        patch.setattr(pytest, "main", judged)
        patch.setenv("COLUMNS", "80")
        yield


@contextlib.contextmanager
def streams() -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Replace standard output and error by UTF-8 streams."""
    out, err = io.BytesIO(), io.BytesIO()
    with (
        contextlib.redirect_stdout(io.TextIOWrapper(out, "utf-8", write_through=True)),
        contextlib.redirect_stderr(
            io.TextIOWrapper(err, "utf-8", errors="backslashreplace", write_through=True)
        ),
    ):
        kept = sys.stdout, sys.stderr
        yield out, err
        del kept


def called(given: Sequence[str]) -> tuple[int, str, str]:
    """Run a command in this process; return exit code, stdout and stderr."""
    with streams() as (out, err):
        try:
            code = cli.main(list(given))
        except SystemExit as stopped:
            code = stopped.code if isinstance(stopped.code, int) else 1
        text = out.getvalue().decode("utf-8"), err.getvalue().decode("utf-8")
    return code, *text


def check_words(given: tuple[str, ...]) -> str:
    """A command line works, or exits with 2 and one error that names the bad argument."""
    inner_folder = Path("a", "b").resolve()  # so that "../.." is still in the case's folder
    inner_folder.mkdir(parents=True)
    os.chdir(inner_folder)
    with place(inner_folder):
        code, out, err = called(given)
    return judged_by(given, code, out, err)


def judged_by(given: Sequence[str], code: int, out: str, err: str) -> str:
    """Check how a command ended; return its error, or ""."""
    output = f"{out}\n{err}"
    if "Traceback (most recent call last)" in output or "INTERNALERROR" in output:
        raise ViolationError(f"it ends in a traceback: {output[-2000:]}")
    if code not in {0, 1, 2, 3, 4}:
        raise ViolationError(f"exit code {code}: {output[-500:]}")
    errors = [line for line in output.splitlines() if "error: " in line.lower()[:60]]
    if code != BAD_INPUT:
        if code == 0 and "--json" in given and given[0] != "--help" and out.startswith(("[", "{")):
            json.loads(out)
        return ""
    if not given:
        return "no command"
    if len(errors) != 1:
        raise ViolationError(f"expected one error, given {errors} in {output[-2000:]!r}")
    message = re.split("error: ", errors[0], maxsplit=1, flags=re.IGNORECASE)[-1]
    one_error(message)
    known = sorted({part for word in given for part in (word, *word.split("="))}, key=len)
    for part in reversed(known):
        message = message.replace(part, "…") if len(part) > 1 else message
    return kind_of(message.partition("nrecognized arguments")[1] or message)


def all_of(kind: str = "commands") -> list[Property]:
    """Return the properties of this kind."""
    return [
        Property(kind, "words", lambda: odd(QUICK), check_words, 1200, 15),
        Property(kind, "judging", lambda: odd(tuple(GRAMMAR)), check_words, 280, 160),
    ]
