"""A stand-in's vocabulary: SmolLM2's tokens, which read any text, filled up with ones that no text yields.

What the true vocabulary costs in file and memory is the number and length of tokens and merges, so both are made up.
The fillers are ordinary tokens with a text: a random model mostly writes these, and the app must have words to show.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from josi.chat_format import FORMATS
from line.errors import InputError
from sims.header import read_header
from sims.standin.spec import Spec
from training.catalogue import entry, locate

_DONOR = "smollm2-135m"  # the built-in base model
_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6  # enum llama_token_type
_SPACE = "▁"  # SentencePiece's mark of a space
_CONTROLS = {
    "chatml": ("<|im_start|>", "<|im_end|>", "<|endoftext|>"),
    "llama3": ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
    "phi4": ("<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"),
    "gemma": ("<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"),
}
_ENDS = {"chatml": "<|im_end|>", "llama3": "<|eot_id|>", "phi4": "<|endoftext|>", "gemma": "<eos>"}


@dataclass(frozen=True)
class Vocabulary:
    """What a GGUF's `tokenizer.ggml.*` entries hold; `merges` is empty and `scores` full for SentencePiece."""

    model: str  # "gpt2" (byte-level BPE) or "llama" (SentencePiece)
    pre: str
    tokens: list[str]
    types: list[int]
    merges: list[str]
    scores: list[float]
    template: str
    special: dict[str, int]  # bos, eos, eot, padding, unknown


def donor() -> Path:
    """The GGUF that vocabularies are borrowed from (raises as `training.catalogue.locate`)."""
    return locate(entry(_DONOR))


def vocabulary(spec: Spec, source: Path) -> Vocabulary:
    """The spec's vocabulary out of a SmolLM2 GGUF's.

    Raises:
        InputError: the true vocabulary is smaller than the donor's.
    """
    tokens, types, merges = _read(source)
    controls = _CONTROLS[spec.chat_format]
    make = _byte_level if spec.merges else _sentencepiece
    texts, kinds = make(spec, tokens, types, controls)
    return Vocabulary(
        model="gpt2" if spec.merges else "llama",
        pre=spec.pre_tokenizer,
        tokens=texts,
        types=kinds,
        merges=_filled_merges(spec, merges) if spec.merges else [],
        scores=[] if spec.merges else [-float(rank) for rank in range(len(texts))],
        template=_template(spec.chat_format),
        special=_special(spec, texts),
    )


def _byte_level(spec: Spec, donor: list[str], types: list[int], controls: Iterable[str]) -> tuple[list[str], list[int]]:
    new = [text for text in controls if text not in donor]
    filler = _fillers(spec, len(donor) + len(new), "Ġ", set(donor))
    tokens = [*donor, *filler, *new]
    return tokens, [*types, *[_NORMAL] * len(filler), *[_CONTROL] * len(new)]


def _sentencepiece(
    spec: Spec, donor: list[str], types: list[int], controls: Iterable[str]
) -> tuple[list[str], list[int]]:
    """Pieces of the donor's tokens, most frequent first, with the 256 bytes to fall back on."""
    words = [_text(token) for token, kind in zip(donor, types, strict=True) if kind == _NORMAL]
    pieces = list(dict.fromkeys(word.replace(" ", _SPACE) for word in words if word and "\0" not in word))
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    head = [*controls, *bytes_]
    filler = _fillers(spec, len(head) + len(pieces), _SPACE, set(pieces))
    kinds = [_UNKNOWN if text == "<unk>" else _CONTROL for text in controls]
    return [*head, *pieces, *filler], [*kinds, *[_BYTE] * 256, *[_NORMAL] * (len(pieces) + len(filler))]


def _fillers(spec: Spec, have: int, space: str, taken: set[str]) -> list[str]:
    """As many new tokens as the true vocabulary has more, of the true mean length in bytes."""
    count = spec.vocabulary - have
    if count < 0:
        raise InputError(f"{spec.name}: a vocabulary of {spec.vocabulary} is smaller than the donor's {have} tokens.")
    total = round(spec.token_bytes * count)
    made: list[str] = []
    for number in range(count):
        mark = f"{space}q{_base36(number)}"
        long = (total * (number + 1) // count) - (total * number // count)
        made.append(mark + "x" * (long - len(mark.encode())))
        if made[-1] in taken:
            raise InputError(f"{spec.name}: the donor has the made-up token {made[-1]!r}.")
    return made


def _filled_merges(spec: Spec, merges: list[str]) -> list[str]:
    """The donor's merges, and more that join nothing: their left side is no token."""
    more = spec.merges - len(merges)
    return [*merges, *(f"q{_base36(number)}q zz" for number in range(more))]


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnoprstuvwyz"  # without q and x, which begin and fill a filler
    text = ""
    while number or not text:
        number, digit = divmod(number, len(digits))
        text = digits[digit] + text
    return text


def _special(spec: Spec, tokens: list[str]) -> dict[str, int]:
    """Ids of the tokens that begin and end texts and turns."""
    chat = FORMATS[spec.chat_format]
    ids = {token: number for number, token in enumerate(tokens) if token in _CONTROLS[spec.chat_format]}
    end = ids[_ENDS[chat.name]]
    special = {"bos": ids[chat.begin or _CONTROLS[chat.name][0]], "eos": end, "eot": ids[chat.stop], "padding": end}
    return special | ({"unknown": ids["<unk>"]} if "<unk>" in ids else {})


def _template(name: str) -> str:
    chat = FORMATS[name]
    turn = chat.open_turn.replace("{role}", "' + message['role'] + '").replace("\n", "\\n")
    close = chat.close_turn.replace("\n", "\\n")
    answer = chat.open_turn.format(role=chat.roles["assistant"]).replace("\n", "\\n")
    return (
        f"{{{{ '{chat.begin}' }}}}{{% for message in messages %}}{{{{ '{turn}' + message['content'] + '{close}' }}}}"
        f"{{% endfor %}}{{% if add_generation_prompt %}}{{{{ '{answer}' }}}}{{% endif %}}"
    )


@cache
def _read(path: Path) -> tuple[list[str], list[int], list[str]]:
    keys = [f"tokenizer.ggml.{name}" for name in ("tokens", "token_type", "merges")]
    found = read_header(path, keep=keys).metadata
    if absent := [key for key in keys if not isinstance(found.get(key), list)]:
        raise InputError(f"{path} has no {', '.join(absent)}: no byte-level vocabulary to borrow.")
    tokens, types, merges = (cast("list[Any]", found[key]) for key in keys)
    return tokens, types, merges


def _text(token: str) -> str:
    """What a byte-level token stands for; "" where its bytes are no whole characters."""
    try:
        return bytes(_BYTES[c] for c in token).decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _byte_letters() -> dict[str, int]:
    """GPT-2's printable letter of each byte, reversed."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + i): byte for i, byte in enumerate(rest)}


_BYTES = _byte_letters()
