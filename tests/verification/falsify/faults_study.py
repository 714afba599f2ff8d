"""Faults in what the explanation study added: coupled societies, changed starts, its audits and its rules."""

from __future__ import annotations

from tests.verification.falsify.fault import Edit, Fault

AUCTIONS = "tests/algorithms/test_auctions.py"
LEARNERS = "tests/claims/explanation/test_learners.py"
MATCHED = "tests/claims/explanation/test_matched_updates.py"
RECORDER = "tests/plugin/test_recorder.py"
COUPLED = "tests/algorithms/test_coupled_auctions.py"
START = "tests/training/test_start.py"
SHARED = "claims/explanation/_shared.py"

FAULTS = (
    Fault(
        "a coupling that couples nothing",
        "CVS, normalised together, normalises the advantages of each mechanism by themselves.",
        (
            Edit(
                "repro/algorithms/cvs_normalised_together.py",
                "returns.normalised(advantage.flatten(1)).view_as(advantage)",
                "returns.normalised(advantage)",
            ),
        ),
        tests=(
            f"{AUCTIONS}::test_normalised_together_differs_from_cvs_in_the_normalisation_alone",
        ),
    ),
    Fault(
        "a joint norm that clips nothing",
        "CVS, clipped together, clips each network's gradient by itself.",
        (
            Edit(
                "repro/algorithms/cvs_clipped_together.py",
                "policy.adam_step(joint.clipped(gradient, self.max_grad_norm))",
                "policy.adam_step(gradient)",
            ),
        ),
        tests=("tests/algorithms/test_conformance_updates.py::test_updates_against_plain_modules",),
    ),
    Fault(
        "a common value that is each one's own",
        "CVS with a common value function subtracts each mechanism's own value.",
        (
            Edit(
                "repro/algorithms/cvs_common_value.py",
                "outputs.value.mean(1, keepdim=True).expand_as(outputs.value)",
                "outputs.value",
            ),
        ),
        tests=(f"{COUPLED}::test_the_common_value_is_the_mean_of_all",),
    ),
    Fault(
        "advantages to losers too",
        "CVS with advantages to winners gives them to all entries.",
        (
            Edit(
                "repro/algorithms/cvs_advantages_to_winner.py",
                "advantage.unsqueeze(1).masked_fill(lost, 0)",
                "advantage.unsqueeze(1).expand(lost.shape)",
            ),
        ),
        tests=("tests/algorithms/test_auction_advantages.py::test_samples_by_loops_over_steps",),
    ),
    Fault(
        "a temperature on the wrong layer",
        "A factor for logits, or for concentrations, multiplies parameters of the first layer.",
        (
            Edit(
                "repro/engine/networks.py",
                "slice(self.size - self._lengths[-2] - self._lengths[-1], self.size)",
                "slice(0, self._lengths[-2] + self._lengths[-1])",
            ),
        ),
        tests=(f"{START}::test_scaled_logits", f"{START}::test_scaled_concentrations"),
    ),
    Fault(
        "a start epoch that is ignored",
        "A transfer from an earlier epoch of its parent starts from the last one.",
        (
            Edit(
                "repro/training/start.py",
                'suffix = "" if block.from_epoch is None else f".{block.from_epoch}"',
                'suffix = ""',
            ),
        ),
        tests=(f"{START}::test_kept_weights_are_those_of_a_training_that_ended_there",),
    ),
    Fault(
        "learners audited on one episode",
        "Learners are divided by an audit of one episode, though they learn from batches.",
        (Edit("claims/explanation/_learners.py", "[BATCH, sums]", "[JUDGED[0], sums]"),),
        tests=(
            f"{LEARNERS}::test_the_audit_divides_the_learners_as_it_did_when_the_rule_was_made",
        ),
    ),
    Fault(
        "a control's estimate that is the claim's",
        "Each control is reported with the claim's estimate instead of its own.",
        (
            Edit(
                "repro/plugin/recorder.py",
                "controls=tuple(self._controls[what] for what in self._claim.controls)",
                "controls=tuple(\n"
                "                replace(self._controls[what], measured=self._outcome.measured)\n"
                "                for what in self._claim.controls\n"
                "            )",
            ),
        ),
        tests=(f"{RECORDER}::test_a_control_of_a_claim_with_a_margin_has_a_figure_or_a_reason",),
    ),
    Fault(
        "the smallest effect left out",
        "Claims of the study count any difference, however small.",
        (
            Edit(SHARED, "fast, Resampling(what), SMALLEST)", "fast, Resampling(what))"),
            Edit(
                SHARED,
                'fast, Resampling(f"geometric mean {what}"), SMALLEST)',
                'fast, Resampling(f"geometric mean {what}"))',
            ),
        ),
        tests=(f"{MATCHED}::test_all_four_ratios_must_exceed_the_smallest_effect",),
    ),
)
