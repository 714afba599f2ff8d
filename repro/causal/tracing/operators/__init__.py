"""What each torch operator does to nodes.

A rule takes the `Nodes` of a call and returns the nodes of each output. `registry` chooses the rule. To support
another operator, add a rule to the `RULES` of the module it belongs to: `elementwise` (each element
separately), `comparisons` (truth values), `indexing` and `writing` (elements are moved), `reductions` (sums and
products), `order_statistics` (selections); or write it with simpler operators in `decompositions` or `fused`. Rules depend on `nodes` and on the recording, never on
the tracer.
"""
