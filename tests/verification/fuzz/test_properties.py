"""Each property on a few examples; `python -m tests.verification.fuzz` tries thousands."""

from __future__ import annotations

import pytest

from tests.verification.fuzz.plan import properties
from tests.verification.fuzz.running import Property, run

pytestmark = pytest.mark.slow

SLOW = {"commands.judging", "claims.files", "records.verdicts"}
"""Properties with at least a tenth of a second per case."""
FEW = 6


@pytest.mark.parametrize("what", properties(), ids=lambda what: what.id)
def test_it_holds(what: Property) -> None:
    outcome = run(what, 1 if what.id in SLOW else FEW, seed=1)
    assert outcome.broken == ""
    assert outcome.cases >= 1
