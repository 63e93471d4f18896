"""One conversation at a time, as the app holds it: a prompt in, an answer out, the common prefix kept in the cache."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from josi.chat_format import detect
from josi.chat_format import render as render_format
from line.errors import InputError
from line.grammar import Grammar
from line.llama import Adapter, Context, Model


@dataclass(frozen=True)
class Reply:
    """One answer with its costs; seconds are wall time, `first_token_s` counts from the call."""

    text: str
    prompt_tokens: int
    cached_tokens: int
    new_tokens: int
    prefill_s: float
    first_token_s: float
    decode_s: float
    stop: str  # "eos", "length" or "full" (the context ran out)

    @property
    def prefill_tps(self) -> float:
        """Prompt tokens evaluated a second (0.0 when all of them were cached)."""
        fresh = self.prompt_tokens - self.cached_tokens
        return fresh / self.prefill_s if self.prefill_s > 0 else 0.0

    @property
    def decode_tps(self) -> float:
        """Tokens written a second after the first (0.0 for an answer of one token)."""
        return (self.new_tokens - 1) / self.decode_s if self.decode_s > 0 and self.new_tokens > 1 else 0.0


def render(model: Model, messages: Sequence[Mapping[str, str]]) -> str:
    """The prompt text in the model's own chat format, told by the template in its header."""
    return render_format(detect(model.chat_template()), messages)


class Chat:
    """Greedy single-sequence generation over one context with a prefix cache."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._cached: list[int] = []

    def set_adapter(self, adapter: Adapter | None) -> None:
        """Hot-swaps the LoRA adapter and forgets the cache, whose keys the old weights made."""
        self.context.set_adapter(adapter)
        self.forget()

    def forget(self) -> None:
        """Empties the prefix cache."""
        self.context.clear()
        self._cached = []

    def read(self, prompt: str) -> int:
        """Reads a prompt into the cache and writes nothing, for a reply that begins with it; the tokens evaluated.

        Raises:
            InputError: the prompt does not fit the context.
        """
        tokens = self._tokens(prompt)
        kept = self._keep_prefix(tokens)
        self._prefill(tokens, kept)
        return len(tokens) - kept

    def reply(self, prompt: str, *, max_tokens: int, grammar: str | None = None) -> Reply:
        """Writes one answer.

        Raises:
            InputError: the prompt does not fit the context, or the grammar does not parse.
        """
        start = time.perf_counter()
        tokens = self._tokens(prompt)
        kept = self._keep_prefix(tokens)
        held = Grammar(self.context.model, grammar) if grammar is not None else None
        try:
            index = self._prefill(tokens, kept)
            first = time.perf_counter()
            out, stop, first_token = self._decode(len(tokens), index, max_tokens, held)
        finally:
            if held:
                held.close()
        text = b"".join(self.context.model.piece(t) for t in out).decode("utf-8", "replace")
        end = time.perf_counter()
        return Reply(text, len(tokens), kept, len(out), first - start, first_token - start, end - first_token, stop)

    def _tokens(self, prompt: str) -> list[int]:
        tokens = self.context.model.tokenize(prompt)
        if len(tokens) + 1 >= self.context.n_ctx:
            raise InputError(
                f"The prompt has {len(tokens)} tokens and the context {self.context.n_ctx}: shorten the history."
            )
        return tokens

    def _keep_prefix(self, tokens: list[int]) -> int:
        """How many cached tokens serve the new prompt; at least one token is evaluated anew for its logits."""
        kept = 0
        for old, new in zip(self._cached, tokens[:-1], strict=False):
            if old != new:
                break
            kept += 1
        self.context.seq_rm(0, kept)
        self._cached = self._cached[:kept]
        return kept

    def _prefill(self, tokens: list[int], kept: int) -> int:
        size = self.context.n_batch
        index = 0
        for at in range(kept, len(tokens), size):
            part = tokens[at : at + size]
            last = at + len(part) == len(tokens)
            want = [False] * (len(part) - 1) + [last]
            self.context.decode(part, range(at, at + len(part)), [0] * len(part), want)
            index = len(part) - 1
        self._cached = list(tokens)
        return index

    def _decode(self, at: int, index: int, max_tokens: int, grammar: Grammar | None) -> tuple[list[int], str, float]:
        out: list[int] = []
        first_token = 0.0
        while True:
            logits = self.context.logits(index)
            token = grammar.best(logits) if grammar else int(logits.argmax())
            first_token = first_token or time.perf_counter()
            if self.context.model.is_eog(token):
                return out, "eos", first_token
            out.append(token)
            if len(out) >= max_tokens:
                return out, "length", first_token
            if at + 1 >= self.context.n_ctx:
                return out, "full", first_token
            if grammar:
                grammar.accept(token)
            self.context.decode([token], [at], [0], [True])
            self._cached.append(token)
            at, index = at + 1, 0
