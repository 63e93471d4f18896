"""The chat formats of the catalogue's models, as text: what trainer, engine and phone all write alike.

Training and inference must render a turn byte for byte alike, on the phone without a Jinja engine. So each
format is five strings, checked by tests against the model's own template (HF) and against llama.cpp's.
A system line goes into its own turn, or before the first user turn where the model knows no system role.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from josi.errors import ContractError


@dataclass(frozen=True)
class ChatFormat:
    """How one family writes its turns; `{role}` is filled with the family's own name for the role."""

    name: str
    begin: str
    open_turn: str
    close_turn: str
    roles: Mapping[str, str]
    has_system: bool  # a family without one also trims what it writes
    mark: str  # a string that only this family's Jinja template contains
    stop: str  # the token that ends the assistant's turn


_PLAIN = {"system": "system", "user": "user", "assistant": "assistant"}
FORMATS: dict[str, ChatFormat] = {
    f.name: f
    for f in (
        ChatFormat(
            "chatml",
            "",
            "<|im_start|>{role}\n",
            "<|im_end|>\n",
            _PLAIN,
            True,
            mark="<|im_start|>",
            stop="<|im_end|>",
        ),
        ChatFormat(
            "gemma",
            "<bos>",
            "<start_of_turn>{role}\n",
            "<end_of_turn>\n",
            {"user": "user", "assistant": "model"},
            False,
            mark="<start_of_turn>",
            stop="<end_of_turn>",
        ),
        ChatFormat(
            "llama3",
            "<|begin_of_text|>",
            "<|start_header_id|>{role}<|end_header_id|>\n\n",
            "<|eot_id|>",
            _PLAIN,
            True,
            mark="<|start_header_id|>",
            stop="<|eot_id|>",
        ),
        ChatFormat(
            "phi4",
            "",
            "<|{role}|>",
            "<|end|>",
            _PLAIN,
            True,
            mark="<|end|>",
            stop="<|end|>",
        ),
    )
}


def render(name: str, messages: Sequence[Mapping[str, str]]) -> str:
    """The prompt text up to and including the opening of the assistant's turn.

    Control-token look-alikes inside a message are broken up, so that an athlete's text cannot open a turn.

    Raises:
        ContractError: unknown format.
    """
    chat = _format(name)
    parts, system = [chat.begin], ""
    for message in messages:
        content = neutralise(message["content"])
        content = content if chat.has_system else content.strip()
        if message["role"] == "system" and not chat.has_system:
            system = content + "\n\n"
            continue
        parts.append(chat.open_turn.format(role=chat.roles[message["role"]]))
        parts.append(system + content + chat.close_turn)
        system = ""
    parts.append(chat.open_turn.format(role=chat.roles["assistant"]))
    return "".join(parts)


def stop_text(name: str) -> str:
    """The control token that ends the assistant's turn in this format."""
    return _format(name).stop


def detect(template: str) -> str:
    """The format's name for a Jinja chat template, told by the control tokens it writes.

    Raises:
        ContractError: none of the known formats.
    """
    for chat in FORMATS.values():
        if chat.mark in template:
            return chat.name
    raise ContractError(
        f"The model's chat template is none of {', '.join(FORMATS)}. Add its format to josi/chat_format.py."
    )


def neutralise(text: str) -> str:
    """Breaks `<|name|>`, `<bos>`, `<start_of_turn>` and the like with a space so that they stay plain text."""
    text = text.replace("<|", "< |").replace("|>", "| >")
    for word in ("bos", "eos", "pad", "unk", "start_of_turn", "end_of_turn", "start_of_image"):
        text = text.replace(f"<{word}>", f"< {word}>")
    return text


def _format(name: str) -> ChatFormat:
    if name not in FORMATS:
        raise ContractError(f"Unknown chat format {name!r}; known: {', '.join(FORMATS)}")
    return FORMATS[name]
