"""Running torch code as a graph of numbers.

A `Trace` intercepts every operator that torch runs inside a `with` block, including the backward pass, and
gives each element of each tensor a node of an `ExpressionGraph`. Layers, from low to high:

- `shadow_memory` stores the nodes by memory address, `untracked` handles tensors from elsewhere, and
  `recording` holds both, with a list of what could not be followed;
- `operator_call` describes a call, and `operators` has a rule for each operator: from the nodes of its
  arguments to the nodes of its results;
- `dispatch_modes` intercepts torch, and `trace` connects the parts.
"""

from repro.causal.tracing.trace import Trace

__all__ = ["Trace"]
