"""Credit assignment as pure functions on tensors: what turns experience into gradients.

Every function takes tensors and returns tensors, works on one trajectory as on a batch of them
(leading axes, written "...", are free), and knows nothing of networks, optimisers or engines. The
trainer differentiates these very functions; an audit can trace them. So can it trace the rules of
the theory that nobody trains with here (`repro.credit.rules`).

Axes: T time steps of an epoch, in order; B samples of a minibatch, in any order; S distinct states;
K actions, each with a decision mechanism of its own; E entries of an auction. `state` holds indices
into the S distinct states, so that a table of bids [..., S, K] is gathered to samples.

Time suffixes as in the field: `v_tm1` belongs to the state acted in, `v_t` to the state reached,
`r_t` and `discount_t` to the step between them.
"""
