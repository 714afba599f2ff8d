"""Faults in training: networks, the start of a transfer, random streams, and rates."""

from __future__ import annotations

from tests.verification.falsify.fault import Edit, Fault
from tests.verification.falsify.faults_credit import HEADLINES

TRAINER = "repro/training/trainer.py"

FAULTS = (
    Fault(
        "compiled learning with swapped sums",
        "In compiled code alone, a gradient's sums over log x and log(1 - x) are swapped.",
        (
            Edit(
                "repro/engine/kernels/bid_gradients.py",
                """                total[1, s],
                total[2, s],
""",
                """                total[2, s],
                total[1, s],
""",
            ),
        ),
        tests=(
            "tests/algorithms/test_compiled_learning.py::test_compiled_learning_is_that_of_torch",
        ),
        trained=HEADLINES,
    ),
    Fault(
        "every bid accepted",
        "Places around the density of a Beta distribution are all accepted.",
        (
            Edit(
                "repro/engine/kernels/beta_sampling.py",
                "return x if height <= _density(x, a, b, level) else -1.0",
                "return x",
            ),
        ),
        tests=("tests/engine/kernels/test_beta_sampling.py::test_draws_follow_the_distribution",),
    ),
    Fault(
        "PPOF with a shared trunk",
        "PPOF's bids come from one network with an output for each action.",
        (
            Edit(
                "repro/algorithms/ppof.py",
                "factorised: ClassVar[bool] = True",
                "factorised: ClassVar[bool] = False",
            ),
        ),
        tests=("tests/algorithms/test_softmax_policy.py::test_the_protocols_networks",),
        theory=("theory.static_modularity", "theory.modularity_theorem"),
        trained=HEADLINES,
    ),
    Fault(
        "transfer from fresh weights",
        "A transfer starts from fresh weights instead of the pretrained ones.",
        (
            Edit(
                "repro/execution/job.py",
                "run(block, weights, on_epoch",
                "run(block, None, on_epoch",
            ),
        ),
        tests=("tests/execution/test_job.py::test_a_child_begins_with_its_parents_weights",),
        trained=HEADLINES,
        transfers_anew=True,
    ),
    Fault(
        "transfer from other seeds' weights",
        "Each seed of a transfer starts from the weights of another seed.",
        (
            Edit(
                "repro/training/run.py",
                "parent is None else started(block, parent)",
                "parent is None else {n: w[::-1] for n, w in started(block, parent).items()}",
            ),
        ),
        tests=(
            "tests/training/test_transfer_start.py::test_each_seed_starts_from_its_own_weights",
        ),
    ),
    Fault(
        "runs of other code",
        "A stored run is used although the training code has changed.",
        (
            Edit(
                "repro/records/keys.py",
                'TRAINING = "repro.training.run"',
                'TRAINING = "repro.errors"',
            ),
        ),
        tests=("tests/records/test_keys_code.py::test_the_key_follows_all_code_that_trains",),
    ),
    Fault(
        "optimiser state carried over",
        "A transfer continues with Adam's running means from the end of pretraining.",
        (
            Edit(
                TRAINER,
                """            penalty=algorithm.value_penalty,
        )
""",
                """            penalty=algorithm.value_penalty,
        )
        if "policy_moments" in weights:
            for name, stack in (("policy", self.policy), ("value", self.value)):
                stack.moments[:] = np.moveaxis(weights[f"{name}_moments"], 1, 0)
                stack.steps = 2450 * 16
""",
            ),
            Edit(
                TRAINER,
                """        return {"policy": self.policy.parameters.copy(), "value": self.value.parameters.copy()}
""",
                """        return {
            "policy": self.policy.parameters.copy(),
            "value": self.value.parameters.copy(),
            "policy_moments": np.moveaxis(self.policy.moments, 1, 0).copy(),
            "value_moments": np.moveaxis(self.value.moments, 1, 0).copy(),
        }
""",
            ),
            Edit(
                "repro/records/record.py",
                'WEIGHTS = ("policy", "value")',
                'WEIGHTS = ("policy", "value", "policy_moments", "value_moments")',
            ),
            Edit(
                "repro/training/start.py",
                "for name in OWN}\n    sizes",
                "for name in parent if '.' not in name}\n    sizes",
            ),
        ),
        tests=(
            "tests/training/test_transfer_start.py::test_the_first_step_has_the_size_of_the_learning_rate",
        ),
        trained=HEADLINES,
    ),
    Fault(
        "seeds that share a stream",
        "All seeds of a block draw the same random numbers.",
        (
            Edit(
                TRAINER,
                'f"{algorithm}/{problem}/{seed}".encode()',
                'f"{algorithm}/{problem}".encode()',
            ),
        ),
        tests=(
            "tests/training/test_trainer.py::test_a_stream_depends_on_every_part_of_its_runs_id",
        ),
        trained=HEADLINES,
    ),
    Fault(
        "PPO at a quarter of the rate",
        "PPO's policy learns at a quarter of the others' rate.",
        (
            Edit(
                "repro/algorithms/ppo.py",
                "factorised: ClassVar[bool] = False",
                "factorised: ClassVar[bool] = False\n    policy_lr: float = 1e-5",
            ),
        ),
        tests=("tests/algorithms/test_conformance.py::test_constants_of_the_talks_algorithms",),
        trained=HEADLINES,
    ),
    Fault(
        "auction without clones",
        "Each mechanism enters an auction once, so that the price is another mechanism's bid.",
        (
            Edit(
                "repro/algorithms/cvs.py", "copies: ClassVar[int] = 2", "copies: ClassVar[int] = 1"
            ),
        ),
        tests=("tests/algorithms/test_cvs.py::test_bids_and_winners_match_the_networks",),
    ),
    Fault(
        "another stream",
        "Every run draws other random numbers from an equally good stream; nothing else changes.",
        (
            Edit(
                TRAINER,
                'f"{algorithm}/{problem}/{seed}".encode()',
                'f"another/{algorithm}/{problem}/{seed}".encode()',
            ),
        ),
        trained=HEADLINES,
        harmless=True,
    ),
    Fault(
        "a comment",
        "A docstring of PPO is reworded; nothing else changes.",
        (
            Edit(
                "repro/algorithms/ppo.py",
                '"""Proximal policy optimisation with a shared network."""',
                '"""Proximal policy optimisation whose bids share a network."""',
            ),
        ),
        theory=("theory.policy_gradient",),
        audit=("transfer.headline",),
        trained=HEADLINES,
        harmless=True,
    ),
)
