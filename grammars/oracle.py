"""An independent judge of what a GBNF accepts: llguidance, over single bytes, without a model.

llguidance reads the grammar through its own converter (GBNF to Lark) and has its own parser; none of it is
ours.
"""

from __future__ import annotations

import re
from functools import lru_cache

from llguidance import LLMatcher, LLTokenizer
from llguidance.gbnf_to_lark import GbnfToLarkError, gbnf_to_lark

from grammars.errors import GbnfError
from grammars.sampler import sample

__all__ = ["accepts", "sample"]

_END = 256
_ESCAPE = re.compile(r"\\(?:U([0-9a-fA-F]{8})|u([0-9a-fA-F]{4})|.)", re.DOTALL)


class _Bytes:
    """A vocabulary of the 256 bytes and one end token, in the shape that LLTokenizer asks for."""

    eos_token_id = _END
    bos_token_id = None
    is_tokenizer_wrapper = True

    def __init__(self) -> None:
        self.tokens = [bytes([i]) for i in range(256)] + [b"<|end|>"]
        self.special_token_ids = [_END]

    def __call__(self, text: bytes | str) -> list[int]:
        return list(text.encode() if isinstance(text, str) else text)


def accepts(gbnf: str, text: str) -> bool:
    """Whether llguidance takes the whole text as one of the grammar's.

    Raises:
        GbnfError: llguidance cannot read the grammar.
    """
    try:
        data = list(text.encode())
    except UnicodeEncodeError:  # a raw surrogate: no UTF-8, so no text of any grammar
        return False
    matcher = _matcher(gbnf)
    matcher.reset()
    taken: int = matcher.validate_tokens([*data, _END])
    return taken == len(data) + 1


@lru_cache(maxsize=16)
def _matcher(gbnf: str) -> LLMatcher:
    # The converter strips the zeros of long escapes, which spoils them; the character itself means the same.
    plain = _ESCAPE.sub(_plain, gbnf)
    try:
        lark = gbnf_to_lark(plain)
    except GbnfToLarkError as error:
        raise GbnfError(f"llguidance cannot read the grammar: {error}") from error
    matcher = LLMatcher(_tokenizer(), lark)
    if matcher.is_error():
        raise GbnfError(f"llguidance refuses the grammar: {matcher.get_error()}")
    return matcher


def _plain(escape: re.Match[str]) -> str:
    code = escape.group(1) or escape.group(2)
    return chr(int(code, 16)) if code else escape.group()


@lru_cache(maxsize=1)
def _tokenizer() -> LLTokenizer:
    return LLTokenizer(_Bytes(), n_vocab=_END + 1, eos_token=_END, slices=[])
