"""What the tests' own configuration adds to pytest."""

from __future__ import annotations

import pytest

CONFTEST = "from tests.conftest import pytest_exception_interact\n"
TEXT = "from repro.errors import TaskError\n\nraise TaskError('repro/tasks/x.py cannot be used: why')\n"


def test_a_broken_file_is_named_without_a_traceback(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_one=TEXT)
    quick = ("-p", "no:hypothesispytest", "-p", "no:benchmark")
    result = pytester.runpytest_inprocess(*quick)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    printed = result.stdout.str()
    assert "\nrepro/tasks/x.py cannot be used: why\n" in printed
    assert "raise TaskError" not in printed
    assert "test_one.py:3" not in printed


def test_other_errors_keep_their_traceback(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_one="raise ValueError('why')\n")
    printed = pytester.runpytest_inprocess("-p", "no:hypothesispytest", "-p", "no:benchmark").stdout
    assert "test_one.py:1" in printed.str()
