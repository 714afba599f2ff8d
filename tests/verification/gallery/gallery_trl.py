"""The losses of GRPO and DPO in trl, as they are, on a language model of one layer and six tokens.

A mechanism is one row of the model's last layer, which is one token of the vocabulary, so one action. The answers by
hand:

- GRPO: the log-probability of every token has the normaliser of all tokens. Every position's features, which all rows
  are multiplied with, are divided by their root mean square before, which is a norm. The loss takes advantages as
  given; trl has normalised them before, over a group of completions.
- DPO: the same, in the log-probabilities of both completions of a pair; and each pair's error, a sigmoid of the
  difference of these, is in the gradients of all tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer

from repro.causal import Answer, audit_module, rows
from tests.verification.gallery.entry import Entry, Library

if TYPE_CHECKING:
    from torch import Tensor

    from repro.causal import Verdict

WORDS = ("pad", "end", "a", "b", "c", "d")
SETTINGS: dict[str, Any] = {
    "use_cpu": True,
    "bf16": False,
    "report_to": "none",
    "output_dir": "build/gallery/trl",
}


def language_model() -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(WORDS),
        hidden_size=4,
        intermediate_size=4,
        num_hidden_layers=1,
        num_attention_heads=1,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=1,
    )
    return LlamaForCausalLM(config)


def tokenizer() -> PreTrainedTokenizerFast:
    pad, end, *_ = WORDS
    words = Tokenizer(models.WordLevel({word: k for k, word in enumerate(WORDS)}, unk_token=pad))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token=pad, eos_token=end)


def grpo() -> tuple[GRPOTrainer, dict[str, Tensor]]:
    trainer = GRPOTrainer(
        language_model(),
        reward_funcs=lambda completions, **_: [0.0 for _ in completions],
        args=GRPOConfig(per_device_train_batch_size=2, num_generations=2, **SETTINGS),
        train_dataset=Dataset.from_list([{"prompt": "a b"}]),
        processing_class=tokenizer(),
    )
    trainer.current_gradient_accumulation_steps = 1  # as its training loop sets it
    prompt, completion = torch.tensor([[2, 3], [2, 3]]), torch.tensor([[4, 1], [5, 1]])
    return trainer, {
        "prompt_ids": prompt,
        "prompt_mask": torch.ones_like(prompt),
        "completion_ids": completion,
        "completion_mask": torch.ones_like(completion),
        "advantages": torch.tensor([0.7, -0.7]),
        "num_items_in_batch": torch.tensor(4),
    }


def dpo() -> tuple[DPOTrainer, dict[str, Tensor]]:
    pairs = [{"prompt": "a b", "chosen": " c", "rejected": " d"}]
    trainer = DPOTrainer(
        language_model(),
        ref_model=language_model(),
        args=DPOConfig(per_device_train_batch_size=1, **SETTINGS),
        train_dataset=Dataset.from_list(pairs),
        processing_class=tokenizer(),
    )
    return trainer, next(iter(trainer.get_train_dataloader()))


def audit_grpo(made: tuple[GRPOTrainer, dict[str, Tensor]]) -> Verdict:
    trainer, batch = made
    tokens = {word: rows(trainer.model.lm_head, k) for k, word in enumerate(WORDS)}
    return audit_module(
        lambda: trainer.compute_loss(trainer.model, batch), tokens, others=trainer.model
    )


def audit_dpo(made: tuple[DPOTrainer, dict[str, Tensor]]) -> Verdict:
    trainer, batch = made
    tokens = {word: rows(trainer.model.lm_head, k) for k, word in enumerate(WORDS)}
    models = [trainer.model, trainer.ref_model]
    return audit_module(lambda: trainer.compute_loss(trainer.model, batch), tokens, others=models)


LIBRARY = Library(
    "trl",
    "trl",
    (
        Entry(
            "GRPO",
            "tokens",
            grpo,
            audit_grpo,
            Answer.NOT_MODULAR,
            "softmax; advantages are given",
            "advantages",
            ("log-sum-exp", "norm"),
            ("standard deviation",),
        ),
        Entry(
            "DPO",
            "tokens",
            dpo,
            audit_dpo,
            Answer.NOT_MODULAR,
            "softmax, and each pair's error",
            "embed_tokens",
            ("log-sum-exp", "norm"),
            ("standard deviation",),
        ),
    ),
)
