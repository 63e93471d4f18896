"""Many sequences decoded together: each step feeds every running sequence, a prompt whole, an answer by one token.

Each sequence has a stream of the cache for itself. llama.cpp computes in one pass what neighbouring streams have
equally many tokens of; each gap and each odd length is a pass of its own, and a pass costs as much as two tokens.
Hence the order of a batch is that of the slots, short runs go one token a step while other sequences share it, and a
gap that nobody will fill is closed. In few-row passes the weights are read for little: 1 row gives 132 tokens/s here,
16 give 373, 512 give 388 (SmolLM2-135M, 2 cores, AVX2).
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from evals.forced import Follower, ForcedRuns
from evals.sampling import Sampler, probability
from line.grammar import Grammar
from line.llama import Context

WHOLE = 16  # a run of so many tokens fills a pass of its own well enough
TOLD = 8  # choices whose probability is told: an Interpreter has settled the action by then
FEW = 2  # so few sequences share no pass worth waiting for


@dataclass
class Running:
    """One sequence on its slot: what is still to be fed, and what has been written."""

    id: str
    slot: int
    tokens: list[int]
    fed: int = 0
    out: list[int] = field(default_factory=list)
    grammar: Grammar | None = None
    follower: Follower | None = None
    row: int = -1  # index of its logits in the last batch
    chosen: list[tuple[int, float]] = field(default_factory=list)  # place in `out`, probability: the first `TOLD`


@dataclass(frozen=True)
class Finished:
    """A finished sequence, as token ids; `chosen`: (place in `out`, probability) of its first choices."""

    id: str
    prompt_tokens: int
    out: list[int]
    stop: str
    chosen: list[tuple[int, float]]


@dataclass
class Work:
    """What a run cost, in tokens and llama.cpp calls; `shared` and `forced` are what it was spared.

    shared: prompt tokens copied instead of evaluated; forced: answer tokens that were not asked for one by one;
    peak_mb: the most memory that the worker held until then, mapped weights included.
    """

    evaluated: int = 0
    shared: int = 0
    forced: int = 0
    steps: int = 0
    peak_mb: int = 0


class Scheduler:
    """Continuous batching over one context; slot 0 holds the shared prefix, slots 1… the sequences."""

    def __init__(
        self,
        context: Context,
        slots: int,
        max_tokens: int,
        new_grammar: Callable[[], Grammar] | None,
        forced: ForcedRuns | None = None,
        sampler: Sampler | None = None,
    ) -> None:
        self.context, self.max_tokens, self.new_grammar, self.forced = context, max_tokens, new_grammar, forced
        self.sampler = sampler or Sampler()
        self.work = Work()
        self.queue: deque[tuple[str, list[int]]] = deque()
        self.free = list(range(slots, 0, -1))
        self.running: list[Running] = []
        self.prefix: list[int] = []

    def run(self, jobs: Sequence[tuple[str, list[int]]], started: Callable[[str], None]) -> Iterator[Finished]:
        """Yields each job's answer as it ends; `started(id)` is called when a job gets its slot."""
        self._share_prefix([tokens for _, tokens in jobs])
        # Longest first: the last sequences to run are short ones, so the batch stays full to the end.
        self.queue = deque(sorted(jobs, key=lambda job: -len(job[1])))
        while self.queue or self.running:
            while self.queue and self.free:
                job_id, tokens = self.queue.popleft()
                started(job_id)
                self.running.append(self._start(job_id, tokens))
            self._step()
            yield from self._collect()

    def _share_prefix(self, prompts: list[list[int]]) -> None:
        shared = _common_prefix(prompts) if len(prompts) > 1 else []
        for at in range(0, len(shared), self.context.n_batch):
            part = shared[at : at + self.context.n_batch]
            self._decode(part, range(at, at + len(part)), [0] * len(part), [False] * len(part))
        self.prefix = shared

    def _start(self, job_id: str, tokens: list[int]) -> Running:
        sequence = Running(job_id, self.free.pop(), list(tokens))
        self._put_prefix(sequence.slot)
        sequence.fed = len(self.prefix)
        self.work.shared += len(self.prefix)
        if self.new_grammar:
            sequence.grammar = self.new_grammar()
            if self.forced:
                sequence.follower = Follower(self.forced)
                self._write_forced(sequence)
        return sequence

    def _put_prefix(self, slot: int) -> None:
        """The shared prefix and nothing else: what the last sequence left of it, or a copy of the whole stream."""
        if self.prefix and self.context.first_position(slot) == 0:
            self.context.seq_rm(slot, len(self.prefix))
            return
        self.context.seq_rm(slot, 0)
        if self.prefix:
            self.context.seq_cp(0, slot)

    def _step(self) -> None:
        """One batch: at least a token of each running sequence."""
        batch: list[tuple[int, int, int, bool]] = []
        running = sorted(self.running, key=lambda sequence: sequence.slot)
        for others, sequence in zip(reversed(range(len(running))), running, strict=True):
            room = self.context.n_batch - len(batch) - others
            todo = sequence.tokens[sequence.fed :][: min(room, self._pace(sequence))]
            last = sequence.fed + len(todo) == len(sequence.tokens)
            for offset, token in enumerate(todo):
                batch.append((token, sequence.fed + offset, sequence.slot, last and offset == len(todo) - 1))
            sequence.row = len(batch) - 1 if last else -1
            sequence.fed += len(todo)
        tokens, positions, slots, want = zip(*batch, strict=True)
        self._decode(tokens, positions, slots, want)

    def _pace(self, sequence: Running) -> int:
        """How many tokens to feed of a sequence: all that are due, or one where that shares a pass."""
        due = len(sequence.tokens) - sequence.fed
        return due if due >= WHOLE or len(self.running) <= FEW else 1

    def _decode(
        self, tokens: Sequence[int], positions: Sequence[int], slots: Sequence[int], want: Sequence[bool]
    ) -> None:
        self.context.decode(tokens, positions, slots, want)
        self.work.evaluated += len(tokens)
        self.work.steps += 1

    def _collect(self) -> Iterator[Finished]:
        for sequence in [s for s in self.running if s.row >= 0]:
            stop = self._choose(sequence)
            if stop:
                self._release(sequence)
                prompt = len(sequence.tokens) - len(sequence.out)
                yield Finished(sequence.id, prompt, sequence.out, stop, sequence.chosen)

    def _choose(self, sequence: Running) -> str:
        """Picks the next token; returns why the sequence ends, "" while it goes on."""
        if len(sequence.out) >= self.max_tokens:  # all of it forced
            return "length"
        own = self.context.logits(sequence.row)
        logits = self.sampler.perturbed(own, sequence.id, len(sequence.out))
        grammar = sequence.grammar
        token = grammar.best(logits) if grammar else int(logits.argmax())
        if len(sequence.chosen) < TOLD:
            sequence.chosen.append((len(sequence.out), probability(own, token)))
        if self.context.model.is_eog(token):
            return "eos"
        self._write(sequence, token)
        if grammar:
            self._write_forced(sequence)
        if sequence.follower and sequence.follower.is_over:
            return "eos"
        return "length" if len(sequence.out) >= self.max_tokens else ""

    def _write(self, sequence: Running, token: int) -> None:
        sequence.out.append(token)
        sequence.tokens.append(token)
        if sequence.grammar:
            sequence.grammar.accept(token)
        if sequence.follower:
            sequence.follower.accept(token)

    def _write_forced(self, sequence: Running) -> None:
        """Writes what the grammar leaves no choice about, as far as llama.cpp agrees and the answer may go on."""
        grammar, follower = sequence.grammar, sequence.follower
        while grammar and follower and (run := follower.forced()):
            for token in run[: max(0, self.max_tokens - len(sequence.out))]:
                if not grammar.allows(token):
                    return
                self._write(sequence, token)
                self.work.forced += 1
            if len(sequence.out) >= self.max_tokens:
                return

    def _release(self, sequence: Running) -> None:
        if sequence.grammar:
            sequence.grammar.close()
        self.running.remove(sequence)
        self.free.append(sequence.slot)
        if not self.queue:
            self._close_gap(sequence.slot)

    def _close_gap(self, slot: int) -> None:
        """Moves the last running sequence to a slot before it that stays empty."""
        last = max(self.running, key=lambda sequence: sequence.slot, default=None)
        if last and last.slot > slot:
            self.context.seq_rm(slot, 0)
            self.context.seq_cp(last.slot, slot)
            self.context.seq_rm(last.slot, 0)
            last.slot = slot


def _common_prefix(prompts: list[list[int]]) -> list[int]:
    """Tokens that all prompts begin with, one short of the shortest so that each still has logits of its own."""
    limit = min(len(p) for p in prompts) - 1
    columns = itertools.islice(zip(*prompts, strict=False), max(limit, 0))
    shared = [column[0] for column in itertools.takewhile(lambda c: len(set(c)) == 1, columns)]
    return shared
