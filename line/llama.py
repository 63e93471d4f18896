"""llama.cpp's model, adapter and context as plain Python objects with errors instead of NULL pointers."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from line.binding import last_messages, lib
from line.errors import InputError, MissingError, StageError

Logits = npt.NDArray[np.float32]
_KV_TYPES = {"f16": 1, "q8_0": 8}  # enum ggml_type
_FLASH = {True: 1, False: 0}  # enum llama_flash_attn_type


class _Owned:
    """Holds a pointer that llama.cpp allocated, freed once."""

    def __init__(self) -> None:
        self.pointer: Any = None

    def close(self) -> None:
        """Frees the memory; a second call does nothing."""
        if self.pointer is not None:
            self._free()
            self.pointer = None

    def _free(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Model(_Owned):
    """A GGUF in memory.

    Raises:
        MissingError: there is no such file.
        InputError: llama.cpp refuses the file (truncated, not a GGUF, unknown architecture).
    """

    def __init__(self, path: Path, *, use_mmap: bool = True, vocab_only: bool = False) -> None:
        super().__init__()
        self.path = Path(path)
        if not self.path.is_file():
            raise MissingError(f"No model at {self.path}. Make it with `josi convert`, or name another GGUF.")
        require_gguf_magic(self.path)
        params = lib().llama_model_default_params()
        mode = lib().LLAMA_LOAD_MODE_MMAP if use_mmap else lib().LLAMA_LOAD_MODE_NONE
        _fill(params, load_mode=mode, vocab_only=vocab_only, n_gpu_layers=0)
        self.pointer = lib().llama_model_load_from_file(str(self.path).encode(), params)
        if not self.pointer:
            self.pointer = None
            raise InputError(f"{self.path} is not a GGUF that llama.cpp can load: {last_messages()}")
        self.vocab = lib().llama_model_get_vocab(self.pointer)
        self.n_vocab: int = lib().llama_vocab_n_tokens(self.vocab)

    def _free(self) -> None:
        lib().llama_model_free(self.pointer)

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """Token ids of `text` without a BOS; with `special`, control tokens in the text are recognised."""
        data = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode()
        size = len(data) + 8
        buffer = (lib().llama_token * size)()
        count = lib().llama_tokenize(self.vocab, data, len(data), buffer, size, False, special)
        if count < 0:
            raise StageError(f"llama.cpp cannot tokenize a text of {len(data)} bytes with {self.path}")
        return list(buffer[:count])

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes a token stands for ("" for control tokens unless `special`)."""
        buffer = ctypes.create_string_buffer(256)
        size = lib().llama_token_to_piece(self.vocab, token, buffer, 256, 0, special)
        return bytes(buffer.raw[: max(size, 0)])

    def is_eog(self, token: int) -> bool:
        """Whether the token ends a generation (end of turn, end of text)."""
        return bool(lib().llama_vocab_is_eog(self.vocab, token))

    def metadata(self) -> dict[str, str]:
        """The GGUF header's scalar entries as strings."""
        return {
            self._meta(lib().llama_model_meta_key_by_index, i): self._meta(lib().llama_model_meta_val_str_by_index, i)
            for i in range(lib().llama_model_meta_count(self.pointer))
        }

    def _meta(self, read: Any, index: int) -> str:
        size = read(self.pointer, index, ctypes.create_string_buffer(1), 1)
        buffer = ctypes.create_string_buffer(max(size, 0) + 1)
        read(self.pointer, index, buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace")

    def chat_template(self) -> str:
        """The Jinja chat template in the header; "" where there is none."""
        raw = lib().llama_model_chat_template(self.pointer, None)
        return raw.decode("utf-8", "replace") if raw else ""


class Adapter(_Owned):
    """A GGUF LoRA adapter bound to a model; freed with the model by llama.cpp, so `close` frees nothing.

    Raises:
        MissingError: there is no such file.
        InputError: the adapter does not fit the model.
    """

    def __init__(self, model: Model, path: Path) -> None:
        super().__init__()
        if not Path(path).is_file():
            raise MissingError(f"No adapter at {path}. Make it with `josi convert`.")
        require_gguf_magic(Path(path))
        self.pointer = lib().llama_adapter_lora_init(model.pointer, str(path).encode())
        if not self.pointer:
            self.pointer = None
            raise InputError(f"{path} is no LoRA adapter for {model.path}: {last_messages()}")

    def _free(self) -> None:
        return None


class Context(_Owned):
    """One llama.cpp context: a KV cache of `n_ctx` cells for up to `n_seq` sequences.

    Each sequence has its own stream of n_ctx/n_seq cells; with `unified` they share one buffer, and every token then
    attends over all of it, masked: dearer where many short sequences run together.

    Raises:
        StageError: llama.cpp cannot make it (too little memory).
    """

    def __init__(
        self,
        model: Model,
        *,
        n_ctx: int,
        n_seq: int = 1,
        threads: int = 2,
        n_batch: int = 512,
        flash: bool = True,
        kv: str = "f16",
        unified: bool = False,
    ) -> None:
        super().__init__()
        self.model, self.n_ctx, self.n_batch = model, n_ctx, n_batch
        params = lib().llama_context_default_params()
        _fill(params, n_ctx=n_ctx, n_batch=n_batch, n_ubatch=n_batch, n_seq_max=n_seq)
        _fill(params, n_threads=threads, n_threads_batch=threads, flash_attn_type=_FLASH[flash])
        _fill(params, kv_unified=unified, no_perf=True, type_k=_KV_TYPES[kv], type_v=_KV_TYPES[kv])
        self.pointer = lib().llama_init_from_model(model.pointer, params)
        if not self.pointer:
            self.pointer = None
            raise StageError(f"llama.cpp cannot make a context of {n_ctx} for {model.path}: {last_messages()}")
        self.memory = lib().llama_get_memory(self.pointer)
        self._batch = lib().llama_batch_init(n_batch, 0, 1)

    def _free(self) -> None:
        lib().llama_batch_free(self._batch)
        lib().llama_free(self.pointer)

    def decode(
        self, tokens: Sequence[int], positions: Sequence[int], seqs: Sequence[int], want: Sequence[bool]
    ) -> None:
        """Evaluates up to `n_batch` tokens, each at its position of its sequence.

        Raises:
            StageError: the cache is full or llama.cpp failed.
        """
        batch = self._batch
        batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            batch.token[i], batch.pos[i], batch.n_seq_id[i] = token, positions[i], 1
            batch.seq_id[i][0], batch.logits[i] = seqs[i], want[i]
        code = lib().llama_decode(self.pointer, batch)
        if code != 0:
            reason = "the KV cache is full" if code == 1 else last_messages()
            raise StageError(f"llama.cpp could not decode a batch of {len(tokens)} (code {code}): {reason}")

    def logits(self, index: int) -> Logits:
        """A view, float32[n_vocab], of the logits of the batch's token `index` (valid until the next decode)."""
        pointer = lib().llama_get_logits_ith(self.pointer, index)
        return np.ctypeslib.as_array(pointer, shape=(self.model.n_vocab,))

    def seq_rm(self, seq: int, start: int, end: int = -1) -> None:
        """Forgets positions [start, end) of a sequence; -1 means to the end."""
        lib().llama_memory_seq_rm(self.memory, seq, start, end)

    def seq_cp(self, source: int, target: int, start: int = 0, end: int = -1) -> None:
        """Shares positions [start, end) of one sequence with another without evaluating them again."""
        lib().llama_memory_seq_cp(self.memory, source, target, start, end)

    def first_position(self, seq: int) -> int:
        """The first position that the cache still holds of a sequence: 0, more behind a sliding window, -1 for none."""
        return int(lib().llama_memory_seq_pos_min(self.memory, seq))

    def clear(self) -> None:
        """Empties the cache."""
        lib().llama_memory_clear(self.memory, False)

    def set_adapter(self, adapter: Adapter | None, scale: float = 1.0) -> None:
        """Puts one LoRA adapter on the base (None: none). The cache holds the old weights' keys: clear it."""
        if adapter is None:
            code = lib().llama_set_adapters_lora(self.pointer, None, 0, None)
        else:
            pointers = (lib().llama_adapter_lora_p_ctypes * 1)(
                ctypes.cast(adapter.pointer, lib().llama_adapter_lora_p_ctypes)
            )
            code = lib().llama_set_adapters_lora(self.pointer, pointers, 1, (ctypes.c_float * 1)(scale))
        if code != 0:
            raise StageError(f"llama.cpp could not set the LoRA adapter (code {code}): {last_messages()}")


def _fill(params: Any, **values: Any) -> None:
    """Sets fields of a ctypes structure; one that this build lacks is an error (ctypes would take any name)."""
    known = {name for name, *_ in params._fields_}
    if unknown := set(values) - known:
        raise StageError(
            f"This llama-cpp-python has no {', '.join(sorted(unknown))} in {type(params).__name__}; install the "
            "version that bootstrap.sh names."
        )
    for name, value in values.items():
        setattr(params, name, value)


def require_gguf_magic(path: Path) -> None:
    """Refuses a file that cannot be a GGUF before llama.cpp maps it.

    Raises:
        InputError: too short, or the first four bytes are not `GGUF`.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    if magic != b"GGUF":
        raise InputError(
            f"{path} is not a GGUF file (it starts with {magic!r}). Convert the checkpoint with `josi convert`."
        )
