"""Peak memory of an app that holds models, told from their GGUF headers alone: no IO here, and no weights are read.

Everything but `PROCESS_BYTES` follows from what llama.cpp allocates (the llama.cpp of llama-cpp-python 0.3.36, set as
`line/llama.py` sets it: CPU only, flash attention, one sequence, n_ubatch = n_batch). Each function names its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from line.errors import InputError
from sims.ggml import Tensor
from sims.header import Header
from sims.standin.activations import activation_bytes

CONFIGURATIONS = ("single", "lora_swap", "sequential", "resident")
MB = 1024 * 1024
F16_BYTES = 2

# The agent before it loads a model: Python, NumPy, josi, llama.cpp's libraries; anonymous memory only.
# Measured with `python benchmarks/standins.py process`.
PROCESS_BYTES = 24 * MB

# Which types llama.cpp lays out anew for the CPU, and by how many rows at once
# (`ggml_repack_get_optimal_repack_type`, ggml/src/ggml-cpu/repack.cpp). A phone's CPU is "arm".
_X86 = {"Q4_0": 8, "Q4_K": 8, "IQ4_NL": 8}
REPACKED = {
    "x86": _X86,
    "arm": {"Q4_0": 4, "Q4_K": 8, "Q5_K": 8, "Q6_K": 8, "IQ4_NL": 4, "Q8_0": 4},
    "none": {},
}


@dataclass(frozen=True)
class Runtime:
    """How the app sets llama.cpp; `full_window` as llama.cpp's `swa_full`, whose default is true."""

    context: int
    mmap: bool = False
    cpu: str = "x86"
    batch: int = 512
    full_window: bool = True

    def __post_init__(self) -> None:
        """Raises InputError for a CPU that is none of `REPACKED`, or a context or batch below 1."""
        if self.cpu not in REPACKED:
            raise InputError(f"Unknown CPU {self.cpu!r}; known: {', '.join(REPACKED)}.")
        if self.context < 1 or self.batch < 1:
            raise InputError(f"Context ({self.context}) and batch ({self.batch}) must be at least 1 token.")

    @property
    def cells(self) -> int:
        """KV cache cells: the context in whole 256 (`GGML_PAD(cparams.n_ctx, 256)`, src/llama-context.cpp)."""
        return -(-self.context // 256) * 256


@dataclass(frozen=True)
class MemoryPrediction:
    """Peak bytes by part. The first six are anonymous and can never be given back.

    `mapped` are file pages that each token reads again (with mmap), `cache` all file pages that are charged while there
    is room: the mapped files, or without mmap what the kernel keeps of the files that were read.
    """

    weights: int
    kv: int
    compute: int
    adapters: int
    tokenizer: int
    process: int
    mapped: int
    cache: int

    @property
    def anonymous(self) -> int:
        """What swap alone could move; phones have none."""
        return self.weights + self.kv + self.compute + self.adapters + self.tokenizer + self.process

    @property
    def needed(self) -> int:
        """The least memory in which it runs at speed: below, it is killed or thrashes.

        With mmap once it is loaded: llama.cpp reads a mapped file ahead whole, and a load under less than `peak` pushes
        its own pages out.
        """
        return self.anonymous + self.mapped

    def peak(self, cap: int | None = None) -> int:
        """What is charged at the peak under a cap in bytes (None: without one)."""
        full = self.anonymous + self.cache
        return full if cap is None else min(full, cap)


@dataclass(frozen=True)
class _Model:
    """One model's parts, in bytes."""

    weights: int
    kv: int
    compute: int
    tokenizer: int
    mapped: int
    file: int

    @property
    def anonymous(self) -> int:
        return self.weights + self.kv + self.compute + self.tokenizer


def predict_memory(
    first: Header,
    runtime: Runtime,
    *,
    configuration: str = "single",
    second: Header | None = None,
    adapters: Sequence[Header] = (),
) -> MemoryPrediction:
    """Peak memory of the app; `second` is the other model of `sequential` and `resident` (None: the same shape again).

    Raises:
        InputError: an unknown configuration, a header that is no language model's, `lora_swap` without adapters, or a
            second model where the configuration has one.
    """
    if configuration not in CONFIGURATIONS:
        raise InputError(f"Unknown configuration {configuration!r}; known: {', '.join(CONFIGURATIONS)}.")
    if (configuration == "lora_swap") != bool(adapters):
        raise InputError("Adapters go with the configuration lora_swap, which needs them.")
    pair = configuration in ("sequential", "resident")
    if second and not pair:
        raise InputError(f"A second model goes with sequential and resident, not with {configuration}.")
    models = [_model(first, runtime)]
    if pair:
        models.append(_model(second or first, runtime))
    held = [max(models, key=lambda m: m.anonymous)] if configuration == "sequential" else models
    return MemoryPrediction(
        weights=sum(m.weights for m in held),
        kv=sum(m.kv for m in held),
        compute=sum(m.compute for m in held),
        adapters=sum(t.bytes for header in adapters for t in header.tensors),
        tokenizer=sum(m.tokenizer for m in held),
        process=PROCESS_BYTES,
        mapped=sum(m.mapped for m in held),
        cache=sum(m.file for m in models) + sum(header.file_bytes for header in adapters),
    )


def kv_bytes(header: Header, runtime: Runtime) -> int:
    """Keys and values in F16 of each layer that has a cache (`llama_kv_cache`, src/llama-kv-cache.cpp).

    Layers that share the cache of earlier ones have none; those with a sliding window have min(context, window + batch)
    cells in whole 256, unless `full_window` (`llama_kv_cache_iswa`).
    """
    layers = header.number("block_count") - header.number("attention.shared_kv_layers", 0)
    each = header.numbers("attention.head_count_kv", header.number("block_count"))
    head = header.number("embedding_length") // header.number("attention.head_count")
    wide = header.number("attention.key_length", head) + header.number("attention.value_length", head)
    return sum(heads * wide * F16_BYTES * _cells(header, runtime, i) for i, heads in enumerate(each[:layers]))


def _cells(header: Header, runtime: Runtime, layer: int) -> int:
    pattern = header.metadata.get(f"{header.architecture}.attention.sliding_window_pattern")
    if runtime.full_window or not isinstance(pattern, list) or not pattern[layer]:
        return runtime.cells
    window = header.number("attention.sliding_window") + runtime.batch
    return -(-min(runtime.cells, window) // 256) * 256


def repacked(tensor: Tensor, cpu: str) -> bool:
    """Whether llama.cpp keeps the tensor in the CPU's own layout: a matrix of a type and row count that has one."""
    rows = REPACKED[cpu].get(tensor.type)
    return rows is not None and len(tensor.shape) == 2 and tensor.shape[1] % rows == 0


def _model(header: Header, runtime: Runtime) -> _Model:
    weights, mapped = _weights(header, runtime)
    return _Model(
        weights=weights,
        kv=kv_bytes(header, runtime),
        compute=activation_bytes(header, min(runtime.batch, runtime.cells), runtime.cells) + _choice_bytes(header),
        tokenizer=tokenizer_bytes(header),
        mapped=mapped,
        file=header.file_bytes,
    )


def _weights(header: Header, runtime: Runtime) -> tuple[int, int]:
    """Anonymous bytes, and mapped ones that each token reads (`load_tensors`, src/llama-model.cpp).

    Matrices that the CPU has a layout for are anonymous, mapped file or not; the others are read (anonymous) or mapped.
    An embedding table is only looked up, which no such layout serves: where it is the output matrix too, it is there
    twice if its type has one. (gemma3n makes the second without asking.)
    """
    anonymous = mapped = 0
    tied = all(t.name != "output.weight" for t in header.tensors)
    for tensor in header.tensors:
        table = tensor.name.endswith("token_embd.weight")
        if not table and repacked(tensor, runtime.cpu):
            anonymous += tensor.bytes
            continue
        output = tied and tensor.name == "token_embd.weight"
        twice = output and (repacked(tensor, runtime.cpu) or header.architecture == "gemma3n")
        if runtime.mmap:
            copied = output and repacked(tensor, runtime.cpu)
            anonymous += tensor.bytes if copied else 0
            mapped += 0 if table and (copied or not output) else tensor.bytes
        else:
            anonymous += tensor.bytes * (2 if twice else 1)
    return anonymous, mapped


# `struct llama_vocab::impl` (src/llama-vocab.cpp) with libstdc++'s sizes on 64 bits; strings to 15 bytes take no more.
# A token: std::string, score and attribute (40 B), its text among the cached pieces (32 B), and a node of the map from
# text to token (next, hash, string, id, allocator's header: 64 B) with its bucket (8 B). A merge: a node of the map
# from a pair of strings to its rank (next, hash, 2 strings, rank, header: 96 B) with its bucket (8 B).
_TOKEN_BYTES = 40 + 32 + 64 + 8
_MERGE_BYTES = 96 + 8


def tokenizer_bytes(header: Header) -> int:
    """The vocabulary's tables in memory."""
    tokens, merges = header.strings("tokenizer.ggml.tokens"), header.strings("tokenizer.ggml.merges")
    return tokens.count * _TOKEN_BYTES + merges.count * _MERGE_BYTES


# A token of the vocabulary while one is chosen, all of them tried (`Grammar.best` where the likeliest are refused).
# llama.cpp (`llama_grammar_apply_impl`): candidate (32 B), decoded text (32 B) with its code points (48 B of heap for 7
# of them), reject (32 B). `line/grammar.py`: id, logit and probability (12 B), negated logit (4 B), order (8 + 4 B).
# And its logit, in the graph and in llama.cpp's output buffer (4 + 4 B).
_CHOICE_BYTES = (32 + 32 + 48 + 32) + (12 + 4 + 8 + 4) + (4 + 4)


def _choice_bytes(header: Header) -> int:
    """What choosing one token under a grammar takes."""
    return header.strings("tokenizer.ggml.tokens").count * _CHOICE_BYTES
