"""Claims about the theory: which learning rules are modular, judged by tracing code, without training.

A claim audits credit-assignment code on every small shape of trajectory (`_shapes`). It compares which
pairs of mechanisms have dependent gradients with a predicate on shapes that was derived by hand
(`_predicates`). `_rules` has the code under audit, and `_judging` turns audits into verdicts.

`topologies` is about the tasks instead: it enumerates graphs of decisions (`_decision_graphs`) and compares
them with the talk's problems (`_topology_readings`).
"""
