"""`python -m repro audit`: a researcher's own rule, read from a file, audited, and the verdict shown."""

from __future__ import annotations

from repro.auditing.command import add_audit

__all__ = ["add_audit"]
