"""Finite MDPs as arrays, and the problems that agents are trained on.

A task is one MDP: tables of next states, or of their probabilities, of rewards and terminal states, and
of what the networks observe in each state. A problem has one or several tasks; each epoch draws one. A topology is
a training problem and the problems to which its agents are transferred, each of which changes some of
the decisions. The topologies themselves are in `repro.tasks`.

task: tasks, problems and topologies; every array is validated.
edges: a task from a list of its moves.
exchange: a task with two actions exchanged in one state.
dynamic_programming: exact returns, optimal paths and optimal states, without acting.
dynamics: what follows a state and an action, on the arrays of a task or a problem.
task_checks, validation: what a valid task is.
"""

from repro.mdp.dynamic_programming import (
    Decision,
    expected_return,
    optimal_path,
    optimal_states,
    uniform_policy,
)
from repro.mdp.edges import Edge, State, Target, task_from_edges
from repro.mdp.task import Problem, Tables, Task, Topology

__all__ = [
    "Decision",
    "Edge",
    "Problem",
    "State",
    "Tables",
    "Target",
    "Task",
    "Topology",
    "expected_return",
    "optimal_path",
    "optimal_states",
    "task_from_edges",
    "uniform_policy",
]
