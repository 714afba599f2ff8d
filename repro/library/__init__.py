"""What `import repro` offers to programs and notebooks: thin objects over records, statistics and claims.

- `shipped_runs`: the shipped runs as a collection
- `trained_runs`: one's own runs as such a collection
- `ratios`: the ratio of two arms, as the claims compute it
- `judging`: one claim, judged in this process
"""

from __future__ import annotations

from repro.library.judging import Judged, judge
from repro.library.ratios import Ratio, ratio
from repro.library.shipped_runs import Runs, load_shipped
from repro.library.trained_runs import load_runs

__all__ = ["Judged", "Ratio", "Runs", "judge", "load_runs", "load_shipped", "ratio"]
