"""Files of claims with something odd in them, judged by pytest."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path

import pytest
from hypothesis import strategies as st

from repro.plugin.claims_plugin import ClaimsPlugin
from tests.plugin.conftest import HEAD, claim
from tests.verification.fuzz.bounds import ViolationError, one_error
from tests.verification.fuzz.running import Property

BODIES = (
    "record.outcome(REPRODUCED, Estimate(2.0, 1.5, 2.5), n=10)",
    "record.control('swapped arms', NOT)",
    "record.control('swapped arms', NOT, Estimate(0.5, 0.1, 0.7))",
    "record.control('swapped arms', REPRODUCED, why='odd')",
    "record.control('another', NOT)",
    "record.outcome(REPRODUCED, Estimate(0.5, 0.1, 0.7))",
    "record.outcome(REPRODUCED, Estimate(float('nan'), 1.0, 2.0))",
    "record.outcome(REPRODUCED, None)",
    "record.outcome('maybe', None)",
    "record.outcome(NOT_RUN, None)",
    "assert False, 'one\\ntwo'",
    "raise TrainingError('NaN')",
    "1 / 0",
    "runs(ONE)",
    "runs('ppo')",
    "pytest.skip('no')",
    "pytest.xfail('no')",
    "pytest.fail('no')",
    "raise SystemExit(0)",
    "raise BaseException('odd')",
    "print('said')",
    "import warnings; warnings.warn('odd')",
    "record = None",
    "return True",
    "yield",
)
FIELDS = {
    "id": ("'a.claim'", "'b.claim'", "'../x'", "5", ""),
    "source": ("['talk:44']", "[]", "'talk'"),
    "kind": ("'theory'", "'odd'"),
    "controls": ("{'swapped arms': 'reproduced'}", "{}", "5"),
    "margin": ("Margin(low=2.5)", "None", "Margin(low=3, high=1)", "1"),
    "needs": ("lambda s: [ONE]", "lambda s: 1 / 0", "5"),
    "required": ("False", "5"),
    "recorded": ("'not reproduced'", "'not run'"),
    "reason": ("'because'",),
    "odd": ("1",),
}
TOPS = (
    *("", "import no_such_module", "raise SystemExit(0)", "def test_bare(): pass", "x = (", "\0"),
    *("@pytest.mark.claim('x')\ndef test_x(): pass", "pytestmark = pytest.mark.claim(id='z')"),
    "@pytest.mark.skip\n",  # generated, not a test: a skipped claim must not count as judged
    *("@pytest.mark.parametrize('i', [1, 2])\n", "raise KeyError", "1 / 0"),
    "@pytest.fixture(autouse=True)\ndef odd(): raise ValueError('odd')",
    "class TestX:\n    def test_a(self): pass",
)


@st.composite
def claim_files(draw: st.DrawFn) -> str:
    """A file with one or two claims, and something odd in it."""
    code = ""
    for number in range(draw(st.sampled_from((1, 1, 2)))):
        fields = {
            name: draw(st.sampled_from(FIELDS[name]))
            for name in draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=1))
        }
        body = [BODIES[0], BODIES[1]]
        for _ in range(draw(st.integers(0, 2))):
            body.insert(draw(st.integers(0, len(body))), draw(st.sampled_from(BODIES)))
        if draw(st.booleans()):
            body.pop(draw(st.integers(0, len(body) - 1)))
        claim_id = fields.pop("id", f"'a.claim{number}'")
        code += draw(st.sampled_from(("",) * 12 + TOPS)) + "\n"
        code += claim("x", *body, name=f"test_{number}", **{"id": claim_id, **fields})
    return code


def check_claim_file(code: str) -> str:
    """A session ends with a known exit code, and its verdicts follow from what was recorded."""
    path = Path("claims", "transfer", "odd.py")
    path.parent.mkdir(parents=True)
    path.write_text(HEAD + code, encoding="utf-8")
    Path("pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n", encoding="utf-8")
    plugin = ClaimsPlugin(lambda blocks: {b: b.name for b in blocks}, (0, 1))  # type: ignore[misc] # any object is a record here
    out, err = io.StringIO(), io.StringIO()
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        patch.setenv("PYTEST_ADDOPTS", "-p no:unraisableexception -p no:cacheprovider")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code_of = int(pytest.main(["claims", f"--rootdir={Path.cwd()}"], plugins=[plugin]))
    here = str(Path.cwd())
    for name in sys.modules.keys() - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(here):
            del sys.modules[name]
    output = out.getvalue() + err.getvalue()
    if code_of not in {0, 1, 2, 3} or "INTERNALERROR" in output:
        raise ViolationError(f"exit code {code_of}: {output[-1500:]}")
    for result in plugin.claims:
        if result.reproduced and not _recorded(code):
            raise ViolationError(f"{result.id} counts as reproduced: {output[-1500:]}")
    if code_of == 0 and not plugin.claims:
        raise ViolationError("a session that judged nothing was successful")
    lines = [line for line in output.splitlines() if "rror: " in line or "cannot be read" in line]
    return f"exit code {code_of}: {one_error(lines[-1])}" if code_of == 2 and lines else ""


def _recorded(code: str) -> bool:
    """Return True if some claim of the file records what is needed to be reproduced."""
    return BODIES[0] in code and BODIES[1] in code


def all_of(kind: str = "claims") -> list[Property]:
    """Return the property of this kind for files."""
    return [Property(kind, "files", claim_files, check_claim_file, 110, 300)]
