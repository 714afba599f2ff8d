"""Verdicts and figures in; one HTML file, the JSON, the figures and a table of runs out."""

from __future__ import annotations

from repro.report.section import Section
from repro.report.sources import Sources, load_sources
from repro.report.write import write_report

__all__ = ["Section", "Sources", "load_sources", "write_report"]
