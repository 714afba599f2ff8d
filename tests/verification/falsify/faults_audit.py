"""Faults in the audit of rules and agents: reads, steps, what is conditioned on, and what would separate."""

from __future__ import annotations

from tests.verification.falsify.fault import Edit, Fault

FOLDER, TESTS = "repro/causal/auditing", "tests/causal/auditing"

FAULTS = (
    Fault(
        "a slice ends one element late",
        "What a gradient reads is written with slices that end one element late.",
        (
            Edit(
                f"{FOLDER}/reads.py",
                'return str(start) if stop == start + 1 else f"{start}:{stop}"',
                'return str(start) if stop == start + 1 else f"{start}:{stop + 1}"',
            ),
        ),
        tests=(f"{TESTS}/test_reads.py::test_slices_are_short",),
    ),
    Fault(
        "what is read unseen passes",
        "An assertion on reads holds although the trace did not see all that the gradient reads.",
        (Edit(f"{FOLDER}/read_checks.py", "if mechanism in verdict.unseen:", "if False:"),),
        tests=(f"{TESTS}/test_read_checks.py::test_what_may_be_read_unseen_fails",),
    ),
    Fault(
        "a gradient in place of the update",
        "The verdict on a training step is about its gradients, before the optimiser and clipping.",
        (
            Edit(
                f"{FOLDER}/agent_step.py",
                "        if self.takes_step:\n",
                "        if self.takes_step and p.grad is None:\n",
            ),
        ),
        tests=(f"{TESTS}/test_agent_step.py::test_the_result_is_the_change_of_parameters",),
    ),
    Fault(
        "mechanisms may share parameters",
        "Two mechanisms of an agent that have a parameter in common are audited without an error.",
        (
            Edit(
                f"{FOLDER}/module_parts.py",
                "for first, second in shared_parameters(own):",
                "for first, second in shared_parameters({}):",
            ),
        ),
        tests=(f"{TESTS}/test_agent_step.py::test_bad_steps",),
    ),
    Fault(
        "random numbers differ from run to run",
        "Generators of a step's own are not put back between the runs of an audit.",
        (
            Edit(
                f"{FOLDER}/agent_state.py",
                "self._generators.append(drawn_from)",
                "del drawn_from",
            ),
        ),
        tests=(f"{TESTS}/test_generators.py::test_a_step_that_draws_from_its_own_generator",),
    ),
    Fault(
        "an agent keeps what an audit did to it",
        "Lists and deques that a training step appends to are not put back.",
        (
            Edit(
                f"{FOLDER}/agent_state.py", "            x.extend(elements)\n", "            pass\n"
            ),
        ),
        tests=(f"{TESTS}/test_agent_state.py::test_the_agent_is_as_before",),
    ),
    Fault(
        "torch's random numbers go unnoticed",
        "A step may draw random numbers of torch without a seed.",
        (
            Edit(
                f"{FOLDER}/audit_module.py",
                "draws_random_numbers=seed is not None,",
                "draws_random_numbers=True,",
            ),
        ),
        tests=(f"{TESTS}/test_agent_step.py::test_bad_steps",),
    ),
    Fault(
        "a separating set without common effects",
        "The search for what would separate two gradients forgets that a given effect joins its causes.",
        (
            Edit(
                f"{FOLDER}/separating_sets.py",
                "self._join([i, *graph.hidden_parents(i)])",
                "[self._join([i, x]) for x in graph.hidden_parents(i)]",
            ),
        ),
        tests=(f"{TESTS}/test_separating_sets.py::test_no_smaller_set_separates",),
    ),
    Fault(
        "all tensors from outside are data",
        "A tensor that changes with the inputs, behind the trace's back, is conditioned on as if it were data.",
        (
            Edit(
                f"{FOLDER}/outside_check.py",
                "    runs = _with_changed_inputs(target)\n    if runs is None:\n        return False\n",
                "    runs = None\n    if runs is None:\n        return True\n",
            ),
        ),
        tests=(
            f"{TESTS}/test_outside_check.py::test_a_tensor_that_changes_with_the_inputs_is_not_fixed",
        ),
    ),
    Fault(
        "steps along the wrong axis",
        "The steps of a gradient are taken along its last axis, not along the first.",
        (
            Edit(
                f"{FOLDER}/steps.py",
                "[x[step] for x in tensors]",
                "[x[..., step % x.shape[-1]] for x in tensors]",
            ),
        ),
        tests=(f"{TESTS}/test_steps.py::test_the_first_axis_is_time",),
    ),
    Fault(
        "torch's NumPy is not compared with NumPy",
        "Gradients of a rule in NumPy are audited though torch's NumPy front end computes others.",
        (
            Edit(
                f"{FOLDER}/numpy_rule.py",
                "if (name := differs(expected, found, size, torch.float64)) is not None:",
                "if (name := None) is not None:",
            ),
        ),
        tests=(
            f"{TESTS}/test_numpy_rule.py::test_what_the_front_end_cannot_do_is_one_clear_error",
        ),
    ),
    Fault(
        "NumPy's names are not given back",
        "After an audit, names of NumPy in the user's modules still mean torch's NumPy front end.",
        (
            Edit(
                f"{FOLDER}/numpy_front_end.py",
                "            names[name] = x\n        for",
                "            pass\n        for",
            ),
        ),
        tests=(
            f"{TESTS}/test_numpy_front_end.py::test_names_are_numpys_again_also_after_an_error",
        ),
    ),
)
