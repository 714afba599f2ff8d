"""Faults in credit assignment: prices, utilities, errors, advantages, the entropy bonus."""

from __future__ import annotations

from tests.verification.falsify.fault import Edit, Fault

VICKREY, RETURNS = "repro/credit/vickrey.py", "repro/credit/returns.py"
HEADLINES = ("transfer.headline_direction", "transfer.headline", "bids.switch")
SINGLE_STEP = ("theory.single_step_td",)

FAULTS = (
    Fault(
        "CVS pays its own bid",
        "The winner of an auction pays its own bid instead of the second-highest bid.",
        (
            Edit(
                VICKREY,
                "return bids.scatter(-1, winner.unsqueeze(-1), -math.inf).amax(-1)",
                "return bids.gather(-1, winner.unsqueeze(-1)).squeeze(-1)",
            ),
        ),
        tests=("tests/credit/test_vickrey.py::test_prices_by_hand",),
        theory=SINGLE_STEP,
        trained=HEADLINES,
        claims=SINGLE_STEP,
    ),
    Fault(
        "utilities with a Monte Carlo return",
        "A winner's utility is the sum of all later rewards, instead of the next winner's price.",
        (
            Edit(
                VICKREY,
                "gain = r_t + discount * next_price.masked_fill(episode_end_t, 0) - price_t",
                "from repro.credit.returns import discounted_sum\n"
                "    decay = torch.where(episode_end_t, 0.0, discount).to(r_t)\n"
                "    gain = discounted_sum(r_t, decay) - price_t",
            ),
        ),
        tests=("tests/credit/test_vickrey.py::test_utilities_by_hand",),
        theory=SINGLE_STEP,
        trained=HEADLINES,
        claims=SINGLE_STEP,
    ),
    Fault(
        "utilities for all mechanisms",
        "Losers of an auction also get the winner's temporal-difference error.",
        (
            Edit(
                VICKREY,
                "return losers.scatter(-2, winner.unsqueeze(-2), gain.unsqueeze(-2))"
                ".transpose(-1, -2)",
                "return (losers + gain.unsqueeze(-2)).transpose(-1, -2)",
            ),
        ),
        tests=("tests/credit/test_vickrey.py::test_utilities_by_hand",),
        theory=SINGLE_STEP,
        claims=SINGLE_STEP,
    ),
    Fault(
        "TD error for all mechanisms",
        "SARSA and Q-learning train every mechanism with the error of the one that acted.",
        (
            Edit(
                "repro/credit/temporal_difference.py",
                "return (at_state_action(bids, state, action) - target.detach()).square().sum(-1) / 2",
                "error = (at_state_action(bids, state, action) - target).detach()\n"
                "    every = bids.gather(-2, state.unsqueeze(-1).expand(*state.shape, bids.shape[-1]))\n"
                "    return (error * every.sum(-1)).sum(-1)",
            ),
        ),
        tests=("tests/credit/test_learning_rules.py::test_losers_learn_exactly_nothing",),
        theory=SINGLE_STEP,
        claims=SINGLE_STEP,
    ),
    Fault(
        "look-ahead over an episode's end",
        "The last winner of an episode is paid the price of the next episode's first auction.",
        (
            Edit(
                VICKREY,
                "discount * next_price.masked_fill(episode_end_t, 0) - price_t",
                "discount * next_price - price_t",
            ),
        ),
        tests=("tests/credit/test_vickrey.py::test_utilities_by_hand",),
        trained=HEADLINES,
    ),
    Fault(
        "advantages over an episode's end",
        "The advantages of PPO and PPOF include errors of the next episode.",
        (
            Edit(
                RETURNS,
                "lambda_ * discount_t.masked_fill(episode_end_t, 0), max_length)",
                "lambda_ * discount_t, max_length)",
            ),
        ),
        tests=(
            "tests/credit/test_returns.py::test_advantages_by_hand_over_a_termination_and_two_cuts",
        ),
    ),
    Fault(
        "discounted twice",
        "The value of the state reached is discounted twice in PPO's and PPOF's errors.",
        (
            Edit(
                RETURNS,
                "return r_t + discount_t * v_t - v_tm1",
                "return r_t + discount_t * discount_t * v_t - v_tm1",
            ),
        ),
        tests=("tests/credit/test_returns.py::test_a_td_error_by_hand",),
    ),
    Fault(
        "values after the end",
        "PPO and PPOF bootstrap from the value of terminal states.",
        (
            Edit(
                "repro/algorithms/base.py",
                "discount_into = torch.where(torch.tensor(tables.terminal), 0.0, discount)",
                "discount_into = torch.full(tables.terminal.shape, discount)",
            ),
        ),
        tests=("tests/algorithms/test_softmax_policy.py::test_an_epoch_against_plain_modules",),
    ),
    Fault(
        "advantages normalised together",
        "Advantages are normalised over all runs and mechanisms together.",
        (
            Edit(
                RETURNS,
                "centred = advantage - advantage.mean(-1, keepdim=True)",
                "centred = advantage - advantage.mean()",
            ),
        ),
        tests=("tests/credit/test_returns.py::test_normalising_against_numpy",),
        theory=SINGLE_STEP,
        claims=SINGLE_STEP,
    ),
    Fault(
        "one value for all mechanisms",
        "CVS subtracts the mean of all mechanisms' values, instead of the mechanism's own value.",
        (
            Edit(
                "repro/algorithms/auction.py",
                "target - value.gather(-1, state)",
                "target - value.mean(1, keepdim=True).expand_as(value).gather(-1, state)",
            ),
        ),
        tests=("tests/algorithms/test_cvs.py::test_an_epoch_against_plain_modules",),
        theory=SINGLE_STEP,
        claims=SINGLE_STEP,
    ),
    Fault(
        "entropy lowered",
        "CVS is rewarded for less entropy of its bids, not for more.",
        (
            Edit(
                VICKREY,
                "by_alpha = by_alpha + bonus * (spread",
                "by_alpha = by_alpha - bonus * (spread",
            ),
            Edit(
                VICKREY,
                "by_beta = by_beta + bonus * (spread",
                "by_beta = by_beta - bonus * (spread",
            ),
        ),
        tests=(
            "tests/credit/test_vickrey_gradient.py::test_the_gradient_against_autograd_of_the_loss",
        ),
    ),
)
