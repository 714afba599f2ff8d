"""Write what a run of the claims found as a folder of files that people can read and check.

The input is data only: verdicts, paraphrases of the talk, pictures and sections. The output is one
self-contained HTML page, the same verdicts as JSON, Markdown and a badge, the figures, and a table of
all runs. Nothing here judges a claim or computes a statistic.

- `write`: the folder; a file that fails does not stop the others
- `html`, `*.html.j2`, `interval_svg`, `seed_panels`, `svg_axis`: the page and its small drawings
- `markdown`, `badge`, `badge_svg`: the run in short, for a pull request or README
- `documents`: the tables in README and ARTIFACT
- `claim_groups`, `recorded_outcome`, `operating_characteristics`, `numbers`, `glossary`: order, words and
  formats shared by all of them
- `section`, `run_sections`, `talk_coverage`, `sb3_comparison`, `objections`: what follows the claims
- `sources`: paraphrases of the talk, by line
"""

from __future__ import annotations

from repro.report.html import Drawn
from repro.report.section import Section
from repro.report.sources import Sources, load_sources
from repro.report.write import draw, write_report

__all__ = ["Drawn", "Section", "Sources", "draw", "load_sources", "write_report"]
