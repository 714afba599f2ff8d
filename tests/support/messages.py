"""The messages that the project logs."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def warnings_logged() -> Iterator[list[str]]:
    """Collect the warnings that the project logs, instead of printing them."""
    log, collector = logging.getLogger("repro"), _Collector()
    log.addHandler(collector)
    log.propagate = False
    try:
        yield collector.lines
    finally:
        log.removeHandler(collector)
        log.propagate = True
