"""Claims that are judged side by side, in copies of this process, as one after the other in this one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from repro.verdicts import Verdict
from tests.plugin.conftest import CONTROL, HEAD, QUICK, claim, outcome
from tests.plugin.test_subsamples import MEAN, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugin.conftest import Session

PICTURE = (
    "from matplotlib.figure import Figure",
    "from repro.figures import Picture",
    "figure = Figure()",
    "figure.subplots().plot([1, 2, 4])",
    "record.figure(Picture('curve', 'A curve.', figure))",
)
PID = ("import os", "record.detail('process', os.getpid())")
GOOD = claim("a.good", *PICTURE, *outcome("REPRODUCED"), name="test_good", kind="'theory'")
FLIPPED = claim("a.flipped", "print('a hint')", *outcome("NOT"), name="test_flipped")
BUG = claim("a.bug", "print('a clue')", "given = [1, 0]", "given[0] / given[1]", name="test_bug")
ASSERTED = claim("a.asserted", "assert len('abc') == 4", name="test_asserted")
SKIPPED = claim("a.skipped", "pytest.skip('no time')", name="test_skipped")
FAILED = claim("a.failed", "raise TrainingError('NaN')", name="test_failed")
BROKEN = claim("a.broken", CONTROL, name="test_broken")
MARGIN = claim(
    "a.margin", "record.outcome(REPRODUCED, None)", CONTROL, name="test_margin", required="False"
)
FIXTURE = "@pytest.fixture\ndef six():\n    yield 6\n\n" + claim(
    "a.fixture", "record.detail('six', six)", *outcome("REPRODUCED"), name="test_fixture"
).replace("(record, runs)", "(record, six)")
ALL = (MEAN, GOOD, FLIPPED, BUG, ASSERTED, SKIPPED, FAILED, MARGIN, FIXTURE)


def found(session: Session) -> list[dict[str, Any]]:
    """Return what claims.json has of each claim, but the seconds."""
    rows = [one.to_dict() for one in session.plugin.claims]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def processes(session: Session) -> set[float | None]:
    return {one.value for result in session.plugin.claims for one in result.details}


@pytest.mark.slow
def test_nothing_depends_on_the_number_of_processes(judge: Callable[..., Session]) -> None:
    """Neither results and figures nor what is printed: tracebacks, captured output, the table."""
    seeds = tuple(range(10, 40))
    one, two, four = (
        judge(one="".join(ALL), provide=serve, seeds=seeds, jobs=jobs) for jobs in (1, 2, 4)
    )
    assert found(one) == found(two) == found(four)
    assert len(found(one)) == len(ALL)
    assert one.plugin.pictures == two.plugin.pictures == four.plugin.pictures
    (picture,) = two.plugin.pictures
    assert picture.svg is not None
    assert picture.svg.startswith(b"<?xml")
    assert picture.png is not None
    assert picture.png.startswith(b"\x89PNG")
    assert one.code == two.code == four.code == 2
    printed = [re.sub(r"\d+\.\d+s|0x[0-9a-f]+", "", session.out) for session in (one, two, four)]
    assert printed[0] == printed[1] == printed[2]
    for words in (">       given[0] / given[1]", "ZeroDivisionError", "a clue", "assert 3 == 4"):
        assert words in printed[1]
    assert "a hint" not in printed[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bad", "code", "says"),
    [
        (BUG, 3, "ZeroDivisionError: division by zero"),
        (FAILED, 3, "NaN"),
        (BROKEN, 2, "it ended without an outcome; call record.outcome"),
        (ASSERTED, 3, "AssertionError: assert 3 == 4\n +  where 3 = len('abc')"),
        (SKIPPED, 3, "Skipped: no time"),
    ],
)
def test_a_claim_that_fails_says_why_and_the_others_are_judged(
    judge: Callable[..., Session], bad: str, code: int, says: str
) -> None:
    session = judge(one=bad + GOOD, jobs=2)
    assert session.code == code
    failed, good = session.plugin.claims
    assert (failed.verdict, failed.explanation) == (Verdict.NOT_RUN, says)
    assert good.verdict is Verdict.REPRODUCED


def test_a_claim_whose_process_is_killed_is_not_run(judge: Callable[..., Session]) -> None:
    killed = claim("a.killed", "import os, signal", "os.kill(os.getpid(), signal.SIGKILL)")
    session = judge(one=killed + GOOD + FLIPPED, jobs=2)
    assert session.code == 3
    first, *others = session.plugin.claims
    assert first.verdict is Verdict.NOT_RUN
    assert first.explanation.startswith(
        "the process that judged it ended (SIGKILL); check that there"
    )
    assert first.seconds == 0
    assert f"a.killed was not run: {first.explanation}" in session.out
    assert [one.verdict for one in others] == [Verdict.REPRODUCED, Verdict.NOT_REPRODUCED]
    assert "Traceback" not in session.out + session.err


def test_what_a_claim_prints_is_shown_with_it_and_no_other(judge: Callable[..., Session]) -> None:
    """Both print before either ends."""
    meet = (
        "import os, time",
        "own, other = {}",
        "print('words of', own, flush=True)",
        "open(own, 'w').close()",
        "while not os.path.exists(other): time.sleep(0.01)",
        "1 / 0",
    )
    codes = [
        claim(f"a.{own}", *(line.format((own, other)) for line in meet), name=f"test_{own}")
        for own, other in (("one", "two"), ("two", "one"))
    ]
    out = judge(one="".join(codes), jobs=2).out
    _, first, second = re.split(r"_+ test_\w+ _+\n", out)
    assert (first.count("words of one\n"), first.count("words of two\n")) == (1, 0)
    assert (second.count("words of one\n"), second.count("words of two\n")) == (0, 1)


def test_each_claim_has_its_own_duration(judge: Callable[..., Session]) -> None:
    slow = claim("a.slow", "import time", "time.sleep(0.4)", *outcome("REPRODUCED"))
    session = judge("--durations=0", "-vv", one=slow + GOOD, jobs=2)
    first, second = session.plugin.claims
    assert 0.4 <= first.seconds < 5
    assert second.seconds < first.seconds
    (line,) = (one for one in session.out.splitlines() if "call" in one and "test_claim" in one)
    assert float(line.split("s")[0]) == pytest.approx(first.seconds, abs=0.01)


def pid_claims(*more: str) -> str:
    return "".join(
        claim(f"a.{name}", *more, *PID, *outcome("REPRODUCED"), name=f"test_{name}")
        for name in "xyz"
    )


def test_claims_are_judged_in_other_processes(judge: Callable[..., Session]) -> None:
    session = judge(one=pid_claims(), jobs=2)
    assert session.code == 0
    assert float(os.getpid()) not in processes(session)


@pytest.mark.parametrize(
    ("args", "jobs"), [((), 1), (("-s",), 2), (("--pdb",), 2), (("--claim=a.y",), 2)]
)
def test_one_process_one_claim_or_a_person_who_watches_needs_no_other(
    judge: Callable[..., Session], args: tuple[str, ...], jobs: int
) -> None:
    session = judge(*args, one=pid_claims(), jobs=jobs)
    assert session.code == 0
    assert processes(session) == {float(os.getpid())}


def test_where_processes_are_not_forked_claims_are_judged_here(
    judge: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repro.plugin.judging_apart.FORKS", False)
    assert processes(judge(one=pid_claims(), jobs=2)) == {float(os.getpid())}


def test_torch_uses_one_thread_in_each_process(judge: Callable[..., Session]) -> None:
    """As in this one; see `Project.pytest_configure`."""
    body = ("import torch", "record.detail('threads', torch.get_num_threads())")
    codes = [claim(f"a.{one}", *body, *outcome("REPRODUCED"), name=f"test_{one}") for one in "xy"]
    assert processes(judge(one="".join(codes), jobs=2)) == {1.0}


def test_stopping_at_the_first_failure_leaves_the_rest_not_run(
    judge: Callable[..., Session],
) -> None:
    """Also a claim that was judged before the first one failed."""
    done = claim("a.done", *outcome("REPRODUCED"), "open('done', 'w').close()", name="test_done")
    wait = ("while not os.path.exists('done'): time.sleep(0.01)", "time.sleep(0.5)")
    failing = claim("a.failing", "import os, time", *wait, *outcome("NOT"), name="test_failing")
    session = judge("-x", one=failing + done + GOOD, jobs=2)
    assert session.code == 3
    assert [one.verdict for one in session.plugin.claims] == [
        Verdict.NOT_REPRODUCED,
        Verdict.NOT_RUN,
        Verdict.NOT_RUN,
    ]


@pytest.mark.slow
def test_a_claim_that_interrupts_ends_the_session(judge: Callable[..., Session]) -> None:
    stop = claim("a.stop", "raise KeyboardInterrupt", name="test_stop")
    session = judge(one=FLIPPED + stop, jobs=2)
    assert session.code == 130
    assert [one.verdict for one in session.plugin.claims] == [
        Verdict.NOT_REPRODUCED,
        Verdict.NOT_RUN,
    ]


CONFTEST = """
from repro.plugin.claims_plugin import ClaimsPlugin
from repro.protocol.tiers import PAPER

def pytest_addoption(pluginmanager):
    plugin = ClaimsPlugin(dict, (3, 5))
    plugin.configure(dict, (3, 5), PAPER, jobs=2)
    pluginmanager.register(plugin)
"""


@pytest.mark.slow
def test_ctrl_c_ends_all_and_keeps_what_is_judged(pytester: pytest.Pytester) -> None:
    """Also a claim that was judged while the one before it was not."""
    stay = claim("b.stay", "import time", "time.sleep(100)", name="test_stay")
    ready = claim("d.last", "open('ready', 'w').close()", "import time", "time.sleep(100)")
    folder = pytester.path / "claims" / "transfer"
    folder.mkdir(parents=True)
    (folder / "one.py").write_text(HEAD + FLIPPED + stay + GOOD + ready, encoding="utf-8")
    (folder.parent / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    # A process that is started in the background ignores Ctrl-C, and so do those that it starts.
    start = (
        "import signal, sys, pytest; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "sys.exit(pytest.main())"
    )
    words = [sys.executable, "-c", start, "-v", "claims", *QUICK, "-p", "no:cacheprovider"]
    with subprocess.Popen(  # noqa: S603 - this Python
        words,
        cwd=pytester.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as session:
        until = time.monotonic() + 120
        while not (pytester.path / "ready").exists():
            assert time.monotonic() < until
            time.sleep(0.05)
        os.killpg(session.pid, signal.SIGINT)
        out, err = session.communicate(timeout=30)
    assert session.returncode == 130
    assert table(out) == {
        "a.flipped": "! not reproduced",
        "a.good": "✓ reproduced",
        "b.stay": "– not run",
        "d.last": "– not run",
    }
    assert err == ""
    assert "Traceback" not in out
    assert out.count("::test_flipped") == 1  # the copies print nothing
    with pytest.raises(ProcessLookupError):
        os.killpg(session.pid, 0)


def table(out: str) -> dict[str, str]:
    """Return the verdicts in the table, by claim id."""
    rows = (re.match(r"([✓✗?!–] [a-z ]+?)  +(\S+)", line) for line in out.splitlines())
    return {row[2]: row[1] for row in rows if row}


@pytest.mark.slow
def test_a_claim_that_takes_long_is_named(
    judge: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a line for long, one would think that it hangs."""
    monkeypatch.setattr("repro.plugin.judging_apart.SILENCE", 0.05)
    quick = claim("a.quick", *outcome("REPRODUCED"), name="test_quick")
    slow = claim("a.slow", "import time", "time.sleep(1)", *outcome("REPRODUCED"), name="test_slow")
    session = judge(jobs=2, quick=quick, slow=slow)
    lines = re.findall(r"\[ +\d+ s\] being judged: (.*)", session.err)
    assert lines[-1] == "a.slow"
