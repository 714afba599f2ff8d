"""Credit assignment: pure torch functions that turn experience into gradients of bids and values.

A credit rule decides which decision mechanism learns what from a trajectory. All rules are here: those
that PPO, PPOF and CVS train with and, in `learning_rules`, rules of the theory that no algorithm here
uses. Functions take tensors and return tensors, and do not depend on networks, optimisers or engines.
So a test can compare them with autograd, and `repro.causal.audit` can trace the training code itself.

    >>> import torch
    >>> from repro.credit.learning_rules import RULES
    >>> bids = torch.tensor([[3.0, 8.0], [4.0, 6.0]], requires_grad=True)
    >>> state, action = torch.tensor([0, 1]), torch.tensor([1, 0])
    >>> r_t, discount_t = torch.tensor([1.0, 2.0]), torch.tensor([0.5, 0.0])
    >>> RULES["sarsa"](bids, state, action, r_t, discount_t).backward()
    >>> bids.grad  # 8 - (1 + 0.5 * 4) and 4 - 2; mechanisms that did not act learn nothing
    tensor([[0., 5.],
            [2., 0.]])

Axes: T time steps in order; B samples in any order; S distinct states; K actions, each with its own
decision mechanism; E entries of an auction. Leading axes, written "...", are free: a function works
on one trajectory or on a batch of them. `state` holds indices of the S states, and `bids` [..., S, K]
is a table with a row for each.

Time suffixes: step t starts in a state and reaches the next. `v_tm1` is a value at the state in
which step t starts; `v_t`, `q_t`, `a_t` belong to the state that it reaches; `r_t` and `discount_t`
belong to the step itself. `discount_t` is 0 where the state reached is terminal.
"""
