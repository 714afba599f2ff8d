"""How much better each step of an epoch went than value functions expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.algorithms.base import episode_discount
from repro.credit import returns

if TYPE_CHECKING:
    from torch import Tensor

    from repro.engine.rollout import Batch
    from repro.mdp.task import Tables


def step_advantages(
    batch: Batch, tables: Tables, value: Tensor, discount: float, gae_lambda: float
) -> tuple[Tensor, Tensor]:
    """Compute generalised advantages of each step by each value function, and the targets for them.

    A value function estimates the return of a state under the behaviour of all mechanisms together. So it learns
    from every step, whoever acted.

    Args:
        batch: the epoch.
        tables: of the problem.
        value: [R, C, S].
        discount: γ.
        gae_lambda: λ of generalised advantage estimation; 0: the error over one step.

    Returns:
        Advantages, before they are normalised, and targets; each [R, C, T].
    """
    state, next_state = (
        x.unsqueeze(1).expand(-1, value.shape[1], -1) for x in (batch.state, batch.next_state)
    )
    v_tm1, v_t = value.gather(-1, state), value.gather(-1, next_state)
    r_t = batch.reward.unsqueeze(1)
    discount_t = episode_discount(batch, tables, discount).unsqueeze(1)
    if gae_lambda:
        advantage = returns.generalised_advantage(
            v_tm1,
            r_t,
            discount_t,
            v_t,
            batch.episode_end.unsqueeze(1),
            gae_lambda,
            max_length=tables.horizon,
        )
    else:  # without later errors, so that the trace of an audit does not see them times 0
        advantage = returns.td_error(v_tm1, r_t, discount_t, v_t)
    return advantage, advantage + v_tm1
