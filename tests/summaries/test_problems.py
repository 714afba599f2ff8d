"""The drawings of the nine problems agree with the protocol."""

from __future__ import annotations

import pytest

from repro import tasks
from repro.figures.mdp_shapes import Move
from repro.mdp.edges import task_from_edges
from repro.mdp.task import Problem, Task
from repro.summaries.problems import drawing, pictures, places, shape, shortened
from tests.support.stochastic import install

TOPOLOGIES = ("common_ancestor", "common_descendant", "linear_chain")


def drawn(name: str) -> tuple[dict[tuple[str, str], Move], dict[str, str]]:
    """Return the moves by their ends, and the flags of each state."""
    group = [
        tasks.problem(n) for n in tasks.problem_names() if n.startswith(name.partition(".")[0])
    ]
    made = drawing(tasks.problem(name), places(group))
    flags = ("start", "goal", "changed", "gone")
    states = {s.name: " ".join(flag for flag in flags if getattr(s, flag)) for s in made.states}
    moves = {(move.source, move.target): move for move in made.moves}
    assert len(moves) == len(made.moves)
    assert len(states) == len(made.states)
    return moves, states


def test_the_linear_chain_in_training() -> None:
    moves, states = drawn("linear_chain.training")
    start, second, third, goal, aside = "(0, 0)", "(1, 2)", "(2, -1)", "(3, 4)", "(3, 5)"
    assert moves == {
        (start, second): Move(start, second, "A", paths=(0,)),
        (second, third): Move(second, third, "B", paths=(0,)),
        (third, goal): Move(third, goal, "C", 0.8, paths=(0,)),
        (third, aside): Move(third, aside, "D"),
        (aside, third): Move(aside, third, "A B E F"),
        (aside, goal): Move(aside, goal, "C"),
    }
    assert states == {start: "start", second: "", third: "", goal: "goal", aside: ""}


def test_the_last_decision_changes() -> None:
    """The old action still changes the state but is not optimal any more."""
    moves, states = drawn("linear_chain.last")
    third, old, new = "(2, -1)", "(3, 4)", "(3, 5)"
    assert moves[third, new] == Move(third, new, "D", 0.8, paths=(0,), changed=True)
    assert moves[third, old] == Move(third, old, "C", gone=True)
    assert moves[old, third] == Move(old, third, "A B E F")
    assert (states[third], states[old], states[new]) == ("changed", "", "goal")
    assert [move.letters for move in moves.values() if move.changed] == ["D"]


def test_a_decision_that_leads_elsewhere_has_not_changed() -> None:
    moves, states = drawn("linear_chain.middle")
    assert moves["(0, 0)", "(1, 3)"] == Move("(0, 0)", "(1, 3)", "A", paths=(0,))
    assert moves["(1, 3)", "(2, -1)"].changed
    gone = {ends: move.letters for ends, move in moves.items() if move.gone}
    assert gone == {("(0, 0)", "(1, 2)"): "A", ("(1, 2)", "(2, -1)"): "B"}
    assert (states["(1, 2)"], states["(1, 3)"]) == ("gone", "changed")


def test_another_start() -> None:
    _, states = drawn("linear_chain.first")
    assert (states["(0, 0)"], states["(0, 1)"]) == ("gone", "start changed")


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("common_ancestor.training", ""),
        ("common_ancestor.ancestor", "BB"),
        ("common_ancestor.one_descendant", "E"),
        ("common_ancestor.both_descendants", "EF"),
        ("common_descendant.training", ""),
        ("common_descendant.descendant", "F"),
        ("common_descendant.both_ancestors", "DE"),
        ("common_descendant.one_ancestor", "D"),
    ],
)
def test_what_changes_with_two_tasks(name: str, changed: str) -> None:
    moves, _ = drawn(name)
    assert "".join(sorted(move.letters for move in moves.values() if move.changed)) == changed


def test_a_decision_that_changes_in_place() -> None:
    """D replaces C on the way to the goal, and C leads to the detour, where D led."""
    group = [tasks.problem(f"chain_in_place.{part}") for part in ("training", "last")]
    third, goal, aside = "(2, -1)", "(3, 4)", "(3, 5)"
    after = drawing(group[1], places(group))
    assert [move for move in after.moves if move.source == third] == [
        Move(third, goal, "D", 0.8, paths=(0,), changed=True),
        Move(third, goal, "C", gone=True),
        Move(third, aside, "C"),
    ]
    assert [state.name for state in after.states if state.changed] == [third]
    assert not any(state.gone for state in after.states)


def test_rewards_of_actions_that_are_not_optimal_are_written() -> None:
    group = [tasks.problem(f"bandit.{part}") for part in ("training", "exchanged")]
    training, exchanged = (drawing(problem, places(group)) for problem in group)
    ends = "(0, -1)", "(1, -1)"
    assert training.moves == (
        Move(*ends, "D", 0.8, paths=(0,)),
        Move(*ends, "A (+0.2) B (+0.4) C (+0.6)"),
    )
    assert exchanged.moves == (
        Move(*ends, "A", 0.8, paths=(0,), changed=True),
        Move(*ends, "D (+0.2)", gone=True),
        Move(*ends, "B (+0.4) C (+0.6)"),
    )


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("A B E F", "A B E F"),
        ("A B C E F G", "A–C E–G"),
        ("A B C D F G H I", "A–D F–I"),
        ("C A B D", "C A B D"),
        ("A B_0.1 C D E", "A B_0.1 C–E"),
        ("", ""),
    ],
)
def test_actions_in_a_row_are_shortened(labels: str, expected: str) -> None:
    assert shortened(labels.split(), list("ABCDEFGHIJ")) == expected


def test_a_shared_decision_is_on_both_paths() -> None:
    moves, states = drawn("common_descendant.training")
    assert {ends: move.paths for ends, move in moves.items()} == {
        ("(0, 0)", "(2, 2)"): (0,),
        ("(0, 1)", "(2, 2)"): (1,),
        ("(2, 2)", "(3, 2)"): (0, 1),
    }
    assert [states[name] for name in ("(0, 0)", "(0, 1)", "(3, 2)")] == ["start", "start", "goal"]


def test_a_goal_of_training_alone_is_shown_as_gone() -> None:
    _, states = drawn("common_ancestor.both_descendants")
    assert {name for name, flags in states.items() if flags == "goal gone"} == {"(2, 2)", "(2, 3)"}


def test_a_state_has_the_same_position_in_all_problems_of_a_topology() -> None:
    group = [tasks.problem(name) for name in tasks.problem_names() if name.startswith("linear")]
    where = places(group)
    assert where == {
        "(0, 0)": (0, -0.5),
        "(0, 1)": (0, 0.5),
        "(1, 2)": (1, -0.5),
        "(1, 3)": (1, 0.5),
        "(2, -1)": (2, 0.0),
        "(3, 4)": (3, -0.5),
        "(3, 5)": (3, 0.5),
    }
    for problem in group:
        for state in drawing(problem, where).states:
            assert (state.column, state.row) == where[state.name]


def test_depth_is_counted_from_the_nearest_start() -> None:
    def task(name: str, start: tuple[int, int]) -> Task:
        edges = [((0, 0), "A", (0, 1), 0.0), ((0, 1), "A", (1, 1), 1.0)]
        return task_from_edges(
            name, start=start, terminal=[(1, 1)], edges=edges[-1 if start[1] else 0 :]
        )

    far, near = task("far", (0, 0)), task("near", (0, 1))
    depth = {"(0, 0)": 0, "(0, 1)": 0, "(1, 1)": 1}
    for pair in ((far, near), (near, far)):
        assert dict(shape(Problem("x.training", pair, None)).depth) == depth
    alone = [Problem(f"x.{task.name}", (task,), None) for task in (far, near)]
    for group in (alone, alone[::-1]):
        assert {name: column for name, (column, _) in places(group).items()} == depth


@pytest.mark.slow
def test_there_is_a_figure_for_each_topology() -> None:
    every = pictures()
    names = [name for name in tasks.problem_names() if name.endswith(".training")]
    assert [one.name for one in every] == [f"mdp.{n.partition('.')[0]}" for n in names]
    made = [one for one in every if one.name.removeprefix("mdp.") in TOPOLOGIES]
    assert len(made) == len(TOPOLOGIES)
    assert (
        "last: optimal A → B → D; changed: D in (2, -1); optimal in training only: C" in made[2].alt
    )
    assert "one descendant: optimal A → C and A → E; changed: E in (1, 4)" in made[0].alt
    assert all("Actions that are not drawn do not change the state." in p.alt for p in made)
    assert all("after 10 steps" in picture.alt for picture in made)
    (bandit,) = (one for one in every if one.name == "mdp.bandit")
    assert "at a double border or after 1 step." in bandit.alt


def test_a_stochastic_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """A leads on with 0.75 and to a detour with 0.125; B leads to the detour; one action changes."""

    def task(name: str, last: str) -> Task:
        return task_from_edges(
            name,
            start=(0, 0),
            terminal=[(3, 0)],
            edges=[
                ((0, 0), "A", {(1, 0): 0.75, (2, 0): 0.125, (0, 0): 0.125}, 0.0),
                ((0, 0), "B", {(2, 0): 0.5, (0, 0): 0.5}, 0.0),
                ((1, 0), last, (3, 0), 2.0),
                ((2, 0), "A", (0, 0), 0.0),
            ],
            keys=1,
            horizon=12,
        )

    install(monkeypatch, "lucky", task("One", "C"), last=task("Two", "D"))
    start, on, aside, goal = "(0, 0)", "(1, 0)", "(2, 0)", "(3, 0)"
    made = drawing(tasks.problem("lucky.training"), places([tasks.problem("lucky.training")]))
    assert made.tasks == ("A, C, A",)
    assert [move for move in made.moves if move.paths] == [
        Move(start, on, "A 0.75", paths=(0,)),
        Move(start, aside, "A 0.125", paths=(0,)),
        Move(on, goal, "C", 2.0, paths=(0,)),
        Move(aside, start, "A", paths=(0,)),
    ]
    assert [move for move in made.moves if not move.paths] == [Move(start, aside, "B 0.5")]
    assert [state.name for state in made.states] == [start, on, aside, goal]
    group = [tasks.problem(f"lucky.{part}") for part in ("training", "last")]
    after = drawing(group[1], places(group))
    assert after.tasks == ("A, D, A",)
    assert [move for move in after.moves if move.changed or move.gone] == [
        Move(on, goal, "D", 2.0, paths=(0,), changed=True),
        Move(on, goal, "C", gone=True),
    ]
    (picture,) = pictures()
    assert "training: optimal A, C, A." in picture.alt
    assert "A number after an action is the probability of the move" in picture.alt


@pytest.mark.slow
def test_deterministic_problems_have_no_note_on_chance() -> None:
    assert not any("probability" in picture.alt for picture in pictures())
