"""A GBNF grammar held over one sequence: which token may come next, checked cheaply.

llama-cpp-python masks the whole vocabulary at each token (about 10 ms for 49k tokens, more than a small model's
own step). Here the likeliest token is tried first, then the likeliest few, and the vocabulary only when all fail.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

from line.binding import last_messages, lib
from line.errors import InputError
from line.llama import Logits, Model, _Owned

_TOKEN = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)], align=True)
FEW = 64


class Grammar(_Owned):
    """The state of one grammar over one sequence.

    Raises:
        InputError: the GBNF does not parse (llama.cpp yields a NULL sampler; its next use would be a crash).
    """

    def __init__(self, model: Model, gbnf: str, root: str = "root") -> None:
        super().__init__()
        self.model = model
        if not gbnf:  # llama.cpp takes an empty text as "no grammar" and would admit everything
            raise InputError("The grammar does not parse: it is empty.")
        self.pointer = lib().llama_sampler_init_grammar(model.vocab, gbnf.encode(), root.encode())
        if not self.pointer:
            self.pointer = None
            raise InputError(f"The grammar does not parse (root rule {root!r}): {last_messages()}")

    def _free(self) -> None:
        lib().llama_sampler_free(self.pointer)

    def reset(self) -> None:
        """Back to the root rule."""
        lib().llama_sampler_reset(self.pointer)

    def allows(self, token: int) -> bool:
        """Whether the grammar admits this token next."""
        return bool(self._allowed(np.array([token], dtype=np.int32))[0])

    def accept(self, token: int) -> None:
        """Moves on over a token that `allows` or `best` has admitted.

        llama.cpp aborts the process when an unadmitted token is accepted; so does a wrong caller.
        """
        lib().llama_sampler_accept(self.pointer, token)

    def best(self, logits: Logits) -> int:
        """The admitted token with the highest logit.

        Raises:
            InputError: the grammar admits no token of this vocabulary.
        """
        top = int(logits.argmax())
        if self.allows(top):
            return top
        few = np.argpartition(logits, -FEW)[-FEW:].astype(np.int32)
        few = few[np.argsort(-logits[few], kind="stable")]
        for tokens in (few, np.argsort(-logits, kind="stable").astype(np.int32)):
            allowed = self._allowed(tokens)
            if allowed.any():
                return int(tokens[int(allowed.argmax())])
        raise InputError("The grammar admits no token of this model's vocabulary here: it has a dead end.")

    def mask(self, logits: Logits) -> Logits:
        """A copy of the logits with every refused token at minus infinity (float32[n_vocab])."""
        allowed = self._allowed(np.arange(len(logits), dtype=np.int32))
        return np.where(allowed, logits, np.float32(-np.inf)).astype(np.float32)

    def _allowed(self, tokens: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
        data = np.zeros(len(tokens), dtype=_TOKEN)
        data["id"] = tokens
        array: Any = lib().llama_token_data_array(
            data=ctypes.cast(data.ctypes.data, lib().llama_token_data_p),
            size=len(tokens),
            selected=-1,
            sorted=False,
        )
        lib().llama_sampler_apply(self.pointer, ctypes.byref(array))
        return np.asarray(np.isfinite(data["logit"]))
