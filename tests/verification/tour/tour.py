# %% [markdown]
# # A tour: runs, a ratio, an audit and a claim
#
# This notebook uses the runs that are shipped with the project. It trains nothing, and takes about a minute.
#
# To run it, install the package from a clone, with `python -m pip install -e '.[notebook]' -c constraints.txt`.
# `nox -s tour` runs all cells, and checks that they still show what is shown here.

# %%
import repro

runs = repro.load_shipped()
runs

# %% [markdown]
# ## Blocks of runs
#
# A *block* is one algorithm on one problem, with all its seeds. Its name says what is not the protocol's:
# `from=950` is a transfer from the weights of epoch 950 of the pretraining. Words of the name find it.

# %%
runs.matching("ppo", "linear_chain.last").names

# %%
ppo, cvs, ppof = (runs[algorithm, "linear_chain.last"] for algorithm in ("ppo", "cvs", "ppof"))
ppo

# %% [markdown]
# A record has the return of every run after every epoch, and the epoch at which each run converged. A run that did not
# converge is *censored*: of its time only a lower bound is known, and so of the mean.

# %%
ppo.returns.shape, ppo.times.epochs[:10], ppo.times.epochs[ppo.times.censored]

# %% [markdown]
# A data frame has one row for each run, with what is not the protocol's. Which transfers on the chain were censored
# after 50,000 epochs, and how long do runs take on average?

# %%
frame = runs.matching("linear_chain").to_frame()
censored = frame[frame["censored"] & (frame["most_epochs"] == 50_000)]
censored[["block", "seed", "epochs_to_convergence"]]

# %%
settings = [
    "linear_chain.training",
    "linear_chain.first",
    "linear_chain.middle",
    "linear_chain.last",
]
usual = frame[frame["block"].isin(f"{a}/{p}" for a in ("cvs", "ppo", "ppof") for p in settings)]
means = usual.pivot_table("epochs_to_convergence", "problem", "algorithm", aggfunc="mean")
means.round().astype(int).loc[settings]

# %% [markdown]
# ## The headline
#
# The talk says that PPO takes 13.9 times as long as CVS to adapt when the last decision of the chain changes. This is the
# ratio of mean times, as the claim computes it. "≥" says that, because of censored runs above, it is a lower bound.

# %%
repro.ratio(ppo, cvs)

# %%
from repro.summaries.learning import convergence, curves

convergence({"last decision changed": [cvs, ppo, ppof]}, "tour")

# %%
curves([cvs, ppo])

# %% [markdown]
# ## Another rule for convergence
#
# The talk does not say when a run has converged. Here it is the first of 30 epochs in a row whose mean return is within
# 0.01 of the best one, 0.8. Other rules give other times from the same returns, and other ratios.

# %%
from dataclasses import replace

from repro.records import Record
from repro.statistics import epochs_to_convergence


def under(record: Record, tolerance: float, window: int) -> Record:
    times = epochs_to_convergence(record.returns, tolerance=tolerance, window=window)
    return replace(record, times=times)


rules = [(0.005, 30), (0.01, 30), (0.02, 30), (0.05, 30), (0.01, 10), (0.01, 200)]
ratios = {
    f"within {tolerance:g} for {window} epochs": repro.ratio(
        under(ppo, tolerance, window), under(cvs, tolerance, window)
    )
    for tolerance, window in rules
}

# %%
from repro.figures import ratio_intervals

ratio_intervals(
    "tour.rules",
    ratios,
    title="PPO over CVS, by convergence rule",
    quantity="ratio of mean steps to convergence",
    target=13.9,
    bands={"factor 1.5": (13.9 / 1.5, 13.9 * 1.5)},
    judged=0,
)

# %% [markdown]
# ## Is a learning rule modular?
#
# A rule takes tensors and returns the gradient of each mechanism, by name. The audit traces it, and asks whether two
# gradients share a hidden variable. In a policy gradient they share the normaliser of the softmax.

# %%
import torch
from torch import Tensor


def policy_gradient(bids: Tensor, reward: Tensor, action: Tensor) -> dict[str, Tensor]:
    to_come = reward.flip(0).cumsum(0).flip(0)
    chosen = bids.log_softmax(-1).gather(-1, action[:, None])[:, 0]
    (gradient,) = torch.autograd.grad(-(chosen * to_come).sum(), bids)
    return {"left": gradient[:, 0], "right": gradient[:, 1]}


inputs = {
    "bids": torch.tensor([[0.1, 0.7], [0.4, 0.2], [0.3, 0.9]], requires_grad=True),
    "reward": torch.tensor([0.5, 1.0, 0.25]),
    "action": torch.tensor([0, 1, 0]),
}
repro.audit(policy_gradient, inputs)

# %%
from repro.figures import causal_graph

causal_graph(
    repro.audit(policy_gradient, {name: tensor[:1] for name, tensor in inputs.items()}).graph,
    name="tour.policy",
    title="Policy gradient of one step",
    alt="Flattened causal graph of a policy gradient of one step",
)

# %% [markdown]
# In single-step temporal differences, each prediction is compared with the reward and the next highest prediction, which
# are inputs of credit assignment. The gradients share nothing else.


# %%
def temporal_difference(bids: Tensor, reward: Tensor, action: Tensor) -> dict[str, Tensor]:
    later = torch.cat([bids[1:].max(-1).values, torch.zeros(1)])
    error = bids.gather(-1, action[:, None])[:, 0] - (reward + 0.9 * later)
    return {name: torch.where(action == k, error, 0.0) for k, name in enumerate(("left", "right"))}


repro.audit(temporal_difference, inputs)

# %% [markdown]
# In your own tests, assertions say what a gradient may read. Does the first step read rewards of later steps? With
# temporal differences, it does not. With the policy gradient it does, and the assertion fails with the path in words.

# %%
difference = repro.audit(temporal_difference, inputs, per="step")
policy = repro.audit(policy_gradient, inputs, per="step")
difference.assert_not_reads("left[0]", "reward[1:]")
try:
    policy.assert_not_reads("left[0]", "reward[1:]")
except AssertionError as error:
    print(error)

# %% [markdown]
# ## Judge a claim
#
# A claim is a statement of the talk, with a margin that was fixed before the runs that it judges, and with negative controls: data on
# which the same code must not say "reproduced".

# %%
headline = repro.judge("transfer.headline", runs)
headline

# %% [markdown]
# The paper has ten seeds. These are the verdicts on ten seeds at a time.

# %%
for seeds in (range(10, 20), range(20, 30), range(30, 40)):
    print(f"{seeds[0]} to {seeds[-1]}:", repro.judge("transfer.headline", runs.of_seeds(seeds)))

# %% [markdown]
# One control is the claim with the two arms swapped. The rule that judges the claim must refuse that ratio.

# %%
from repro.verdicts import near

swapped = repro.ratio(cvs, ppo)
near(swapped, target=13.9, factor=1.5, interval_factor=3.0), swapped

# %% [markdown]
# `python -m repro list claims` names all claims, and the cookbook in CONTRIBUTING.md shows how to train and compare
# other arms.
