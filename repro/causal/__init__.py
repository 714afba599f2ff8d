"""Algorithmic causal graphs: drawn, questioned by d-separation, and traced from running code.

A node is computed by a program, its mechanism, from its parents (talk:94-110). A learner's functions,
its data and its credit assignment form one such graph, and two gradients are independent if what
credit assignment was given d-separates them (talk:165-182).
"""
