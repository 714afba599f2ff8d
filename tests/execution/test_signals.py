"""Another way to handle a signal, for a while."""

from __future__ import annotations

import signal
import threading

import pytest

from repro.execution.signals import handled


def test_a_signal_is_handled_otherwise_until_the_end() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), handled(signal.SIGTERM, signal.default_int_handler):
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_nothing_changes_in_another_thread() -> None:
    before, seen = signal.getsignal(signal.SIGTERM), []

    def look() -> None:
        with handled(signal.SIGTERM, signal.SIG_IGN):
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [before]
