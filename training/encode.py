"""Rows to token ids: prompt in the model's chat format, loss on the completion only, a stop token that is learned.

The ids end with the stop token and nothing after it: TRL's own preparation also trains the newline that follows, a
token the phone would pay for and never use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from josi.chat_format import stop_text
from training.batches import Encoded, labelled
from training.errors import DataError
from training.texts import prompt_text, target_text


def encode(row: dict[str, Any], role: str, tokenizer: Any, chat_format: str) -> Encoded:
    """One row as ids."""
    prompt = tokenizer(prompt_text(row, chat_format), add_special_tokens=False)["input_ids"]
    completion = tokenizer(target_text(row, role), add_special_tokens=False)["input_ids"]
    stop = tokenizer.convert_tokens_to_ids(stop_text(chat_format))
    return labelled(prompt, completion, stop)


def encode_all(
    rows: Sequence[dict[str, Any]], role: str, tokenizer: Any, chat_format: str, max_length: int
) -> list[Encoded]:
    """All rows as ids.

    Raises:
        DataError: rows longer than `max_length` tokens, naming the first and the longest.
    """
    encoded = [encode(row, role, tokenizer, chat_format) for row in rows]
    long = [(i + 1, len(e["input_ids"])) for i, e in enumerate(encoded) if len(e["input_ids"]) > max_length]
    if long:
        raise DataError(
            f"{len(long)} {role} rows are longer than {max_length} tokens, first row {long[0][0]}, longest "
            f"{max(n for _, n in long)}. Shorten them or train with --max-seq-length {max(n for _, n in long)}."
        )
    return encoded
