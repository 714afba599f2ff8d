"""Training: one procedure for every algorithm on every problem.

A block is a number of runs that differ only in their seeds. They are trained together, since their
networks are evaluated in one call, but no run's numbers depend on the others. In each epoch a run
collects transitions, assigns credit, and takes one optimiser step with each network on each minibatch.

trainer: one epoch of the runs of a block, and the state that the next epoch depends on.
loop: the only training loop: learning rate schedule, convergence, recording.
start: the weights of its parent that a block starts from, and named changes of them.
matches, chances, matching: changes of these weights until each run starts like a run of another algorithm.
checkpoint: the state of the loop on disk, from which a killed training continues.
run: from a `repro.protocol` block to its trained runs.
"""
