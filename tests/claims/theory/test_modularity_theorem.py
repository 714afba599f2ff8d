"""The trainer's own step, and whether it treats each mechanism separately."""

from __future__ import annotations

import numpy as np
import torch

from claims.theory._policy_learner import LEARNING_RATE, MAX_NORM
from claims.theory.modularity_theorem import clipped_together, is_separate, trainer_step
from repro.engine.networks import MLPSpec

SPEC = MLPSpec((2, 3, 1), (True,))
DRAWN = np.random.default_rng(1).normal(size=(3, 4, 1)).astype(np.float32)


def test_the_trainers_step_is_adams_first_on_each_clipped_gradient() -> None:
    stepped = trainer_step(SPEC)(DRAWN)
    generator = np.random.default_rng(0)
    observation = torch.from_numpy(generator.normal(size=(4, 2)).astype(np.float32))
    parameters = torch.from_numpy(SPEC.init(3, generator)).requires_grad_()
    outputs = SPEC.forward(parameters[None], observation)
    (gradient,) = torch.autograd.grad(outputs, parameters, torch.from_numpy(DRAWN)[None])
    for k in range(3):
        alone = torch.nn.Parameter(parameters[k].detach().clone())
        alone.grad = gradient[k].clone()
        torch.nn.utils.clip_grad_norm_([alone], MAX_NORM)
        torch.optim.Adam([alone], lr=LEARNING_RATE).step()
        torch.testing.assert_close(torch.from_numpy(stepped[k]), alone.detach())


def test_the_trainers_step_is_separate() -> None:
    assert is_separate(trainer_step(SPEC), DRAWN)


def test_clipping_one_norm_is_not_separate() -> None:
    assert not is_separate(clipped_together(trainer_step(SPEC)), DRAWN)


def test_a_step_without_effect_is_not_separate() -> None:
    assert not is_separate(np.zeros_like, DRAWN)
