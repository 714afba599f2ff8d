"""Faults in what follows training: times, intervals, rules, controls, graphs and traces."""

from __future__ import annotations

from tests.verification.falsify.fault import Edit, Fault

CONVERGENCE, RATIO = "repro/statistics/convergence.py", "repro/statistics/ratio.py"
ALL_NINE = "transfer.nine_settings_ppof"
DIRECTION = "transfer.headline_direction"
CONTROLS = "repro/plugin/recorder.py"

FAULTS = (
    Fault(
        "convergence one epoch early",
        "A run counts as converged after a window of 29 epochs near the optimum, not 30.",
        (
            Edit(
                CONVERGENCE,
                "return first_lasting(near, observed, window)",
                "return first_lasting(near, observed, max(window - 1, 1))",
            ),
        ),
        tests=("tests/statistics/test_convergence.py::test_agrees_with_a_loop",),
        audit=(DIRECTION,),
    ),
    Fault(
        "censored runs treated as converged",
        "A run that never converged counts as one that did at its last epoch.",
        (
            Edit(
                RATIO,
                "numerator=bool(numerator.censored.any()),\n"
                "        denominator=bool(denominator.censored.any()),",
                "numerator=False,\n        denominator=False,",
            ),
        ),
        tests=("tests/statistics/test_ratio.py::test_censored_runs_open_an_end",),
        audit=(ALL_NINE, "transfer.nine_settings_ppo"),
    ),
    Fault(
        "ratio inverted",
        "The ratio of mean times and its interval are inverted.",
        (
            Edit(
                RATIO,
                "for arm in (numerator, denominator))\n    pivots = None",
                "for arm in (denominator, numerator))\n    pivots = None",
            ),
        ),
        tests=(
            "tests/statistics/test_ratio.py::test_public_interval_is_that_of_the_chosen_method",
        ),
        audit=(DIRECTION, "transfer.headline", "transfer.nine_settings_ppo"),
        claims=(DIRECTION, "transfer.headline"),
    ),
    Fault(
        "interval one-sided",
        "The 95 % interval leaves out 5 % at each end, like a one-sided bound.",
        (
            Edit(
                RATIO,
                "for end in ends(center, error, shifts))\n",
                "for end in ends(center, error, shifts, ONE_SIDED))\n",
            ),
        ),
        tests=("tests/statistics/test_ratio.py::test_large_samples_give_the_normal_interval",),
        audit=(DIRECTION, "transfer.headline", "transfer.training_efficiency"),
    ),
    Fault(
        "Holm left out",
        "Nine settings are judged as if each were the only one.",
        (
            Edit(
                "repro/verdicts/rules.py",
                "if min(holm([comparison.p_below for comparison in comparisons])) <= alpha:",
                "if min(comparison.p_below for comparison in comparisons) <= alpha:",
            ),
        ),
        tests=(
            "tests/claims/transfer/test_nine_settings.py::test_nearly_significant_once_is_not_after_holm",
        ),
        audit=(ALL_NINE, "transfer.nine_settings_ppo"),
    ),
    Fault(
        "margin widened",
        "The headline's interval may lie within a factor of 30 of the talk's number, not 3.",
        (
            Edit(
                "claims/transfer/headline.py",
                "FACTOR, INTERVAL_FACTOR = 1.5, 3.0",
                "FACTOR, INTERVAL_FACTOR = 1.5, 30.0",
            ),
        ),
        tests=(
            "tests/claims/transfer/test_headline.py::test_the_headline_s_interval_may_reach_a_factor_of_three",
        ),
        audit=("transfer.headline",),
    ),
    Fault(
        "interval not checked",
        "A number is reproduced if the estimate is near it, however wide its interval.",
        (
            Edit(
                "repro/verdicts/rules.py",
                "if value_near and _within(estimate, target / interval_factor, target * interval_factor):",
                "if value_near:",
            ),
        ),
        tests=("tests/verdicts/test_rules.py::test_near",),
        audit=("transfer.headline",),
    ),
    Fault(
        "controls given the claim's verdict",
        "The verdict recorded for a control is the claim's own verdict.",
        (
            Edit(
                CONTROLS,
                "Control(what, expected, validation.verdict(verdict), measured, why)",
                "Control(what, expected, self._outcome.verdict if self._outcome else validation.verdict(verdict), measured, why)",
            ),
        ),
        tests=("tests/plugin/test_recorder.py::test_controls_have_the_order_of_the_marker",),
        audit=(DIRECTION,),
        theory=("theory.static_modularity",),
        claims=(DIRECTION, "theory.static_modularity"),
    ),
    Fault(
        "controls that always hold",
        "The verdict recorded for a control is the one its claim declares.",
        (
            Edit(
                CONTROLS,
                "Control(what, expected, validation.verdict(verdict), measured, why)",
                "Control(what, expected, expected[0], measured, why)",
            ),
        ),
        tests=("tests/plugin/test_recorder.py::test_controls_have_the_order_of_the_marker",),
        audit=(DIRECTION,),
    ),
    Fault(
        "colliders ignored",
        "d-separation blocks paths through an observed common effect.",
        (
            Edit(
                "repro/causal/graphs/d_separation.py",
                "up, down = from_child != is_given, not is_given",
                "up, down = from_child and not is_given, not is_given",
            ),
        ),
        tests=("tests/causal/graphs/test_d_separation.py::test_by_hand",),
        theory=("theory.criterion", "theory.dynamic_modularity"),
    ),
    Fault(
        "untraceable operations accepted",
        "An audit says modular although its trace could not follow something.",
        (
            Edit(
                "repro/causal/auditing/blind_spots.py",
                "return tuple(dict.fromkeys(sentences)), set(flat.pairs())",
                "return tuple(dict.fromkeys(sentences)), set()",
            ),
            Edit(
                "repro/causal/auditing/blind_spots.py",
                "blind.update(pair for pair in flat.pairs() if names.intersection(pair))",
                "blind.update(())",
            ),
        ),
        tests=("tests/causal/auditing/test_escapes.py::test_inputs_that_leave_are_named",),
        theory=("theory.no_training",),
    ),
    Fault(
        "in-place writes not traced",
        "The trace misses what an operator writes into an existing tensor.",
        (
            Edit(
                "repro/causal/tracing/operator_call.py",
                "written = () if self.is_view else self.mutated",
                "written = ()",
            ),
            Edit(
                "repro/causal/tracing/operator_call.py",
                "self.outputs = [*returned, *(x for x in written if id(x) not in known)]",
                "self.outputs = [x for x in returned if not any(x is y for y in self.mutated)]",
            ),
        ),
        tests=(
            "tests/causal/auditing/test_rule_run.py::test_a_rule_may_change_its_inputs_in_place",
        ),
        theory=("theory.criterion",),
    ),
)
