"""What code computes, independent of how it is written.

The same number can be coded in many ways, and an audit must not depend on the choice. An `ExpressionGraph`
therefore stores each number once, in canonical form; `FlattenedSums` removes the order of additions and
multiplications; `CanonicalOrder` sorts nodes by what they compute; and `Naming` names them, for example
"log-sum-exp".
"""

from repro.causal.symbolic.canonical_order import CanonicalOrder
from repro.causal.symbolic.common_factors import shared_part
from repro.causal.symbolic.expressions import ExpressionGraph
from repro.causal.symbolic.flatten_sums import FlattenedSums
from repro.causal.symbolic.naming import Naming

__all__ = ["CanonicalOrder", "ExpressionGraph", "FlattenedSums", "Naming", "shared_part"]
