"""The page's glossary has the words of CONTRIBUTING.md."""

from __future__ import annotations

import re

from repro.paths import PROJECT
from repro.report.glossary import GLOSSARY


def test_terms_are_defined_as_in_contributing() -> None:
    text = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("\n## Glossary\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.*?) \| (.*?) \|$", section.replace("`", ""), re.MULTILINE)
    assert GLOSSARY.items() <= dict(rows).items(), "copy the definition from CONTRIBUTING.md"
