"""TRL's trainer with the three changes that make it worth running on a CPU.

Batches by token budget, logits only at positions that carry a label (a 49k vocabulary over whole prompts costs more
than the layers do), and no per-step metrics that need a second pass over them.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from trl import SFTTrainer

from training.batches import IGNORED, TokenBatches


class CompletionTrainer(SFTTrainer):  # type: ignore[misc]
    """SFT on pre-encoded rows (see `training.encode`); needs `batch_tokens` and `pad_to`."""

    def __init__(self, *args: Any, batch_tokens: int, pad_to: int, **kwargs: Any) -> None:
        self.batch_tokens, self.pad_to = batch_tokens, pad_to
        super().__init__(*args, **kwargs)
        self.tokens_seen = 0

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Shuffled token-budget batches."""
        return self._loader(self.train_dataset, shuffle=True)

    def get_eval_dataloader(self, eval_dataset: Any = None) -> DataLoader[Any]:
        """Token-budget batches in a fixed order."""
        return self._loader(self.eval_dataset if eval_dataset is None else eval_dataset, shuffle=False)

    def _loader(self, rows: Any, *, shuffle: bool) -> DataLoader[Any]:
        lengths = [len(row["input_ids"]) for row in rows]
        batches = TokenBatches(lengths, self.batch_tokens, self.pad_to, self.args.seed, shuffle)
        return DataLoader(rows, batch_sampler=batches, collate_fn=self.data_collator)

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean cross-entropy over the labelled tokens of the batch."""
        if self.model.training:
            self.tokens_seen += int(inputs["attention_mask"].sum())
        device = next(model.parameters()).device
        inputs = {name: tensor.to(device) for name, tensor in inputs.items()}
        loss = completion_loss(model, inputs)
        return (loss, None) if return_outputs else loss


def completion_loss(model: Any, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Mean negative log-likelihood of the labelled tokens."""
    logits, target, where = labelled_logits(model, batch)
    return F.cross_entropy(logits, target[where])


def labelled_logits(model: Any, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What the model says where the batch has labels, and nowhere else.

    Returns:
        Logits, (labelled tokens, vocabulary); targets, (rows, length - 1); where those are labels, of the same shape.
    """
    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    hidden = causal.model(
        input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], use_cache=False
    ).last_hidden_state
    target = batch["labels"][:, 1:]
    where = target != IGNORED
    logits = causal.get_output_embeddings()(hidden[:, :-1][where]).float()
    cap = getattr(causal.config.get_text_config(), "final_logit_softcapping", None)
    if cap:  # Gemma squashes its logits: https://arxiv.org/abs/2408.00118, section 2
        logits = torch.tanh(logits / cap) * cap
    return logits, target, where
