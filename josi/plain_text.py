"""From whatever a model wrote to plain sentences on one line: no markdown, no JSON, no emoji."""

import json
import re
import unicodedata

_FENCE = re.compile(r"```[\w+-]*\n?(.*?)(?:```|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,80}>|<\|[^|<>]{1,40}\|>")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]*(.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]*(?:[-*+•‣◦▪●–—]|\(?\d{1,2}[.)])[ \t]+", re.MULTILINE)
_QUOTE = re.compile(r"^[ \t]*>+[ \t]?", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$|^[ \t]*\|?[ \t:|-]*-{3,}[ \t:|-]*$", re.MULTILINE)
_MARKS = re.compile(r"(?<!\d)\*+|\*+(?!\d)|`+|~~|(?<!\w)_+(?=\S)|(?<=\S)_+(?!\w)")
_JSON_TEXT_KEYS = ("text", "response", "message", "answer", "reply", "content", "clarify_message")
_JSON = re.compile(r"[{\[](?:[^{}\[\]]|[{\[][^{}\[\]]*[}\]]){0,4000}[}\]]")
_END = re.compile(r"[.!?:;,…]['\")]*$")


def strip_markup(text: str) -> tuple[str, list[str]]:
    """Plain text on one line, and what was taken out (`json`, `markdown`, `emoji`)."""
    changes: list[str] = []
    for name, step in (("json", _without_json), ("markdown", _without_markdown), ("emoji", _without_emoji)):
        after = step(text)
        if _squeeze(after) != _squeeze(text):
            changes.append(name)
        text = after
    return _one_line(text), changes


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _without_json(text: str) -> str:
    text = _FENCE.sub(lambda m: f"\n{m[1]}\n", text)
    return _JSON.sub(lambda m: _spoken(m[0]), text)


def _spoken(block: str) -> str:
    """The sentence that a JSON object carries, "" when it carries none; what is no JSON stays."""
    try:
        loaded = json.loads(block)
    except (ValueError, RecursionError):
        is_object = '":' in block or "':" in block
        return " " if is_object else block
    if not isinstance(loaded, dict):
        return " "
    return next((str(loaded[key]) for key in _JSON_TEXT_KEYS if isinstance(loaded.get(key), str)), " ")


def _without_markdown(text: str) -> str:
    text = _LINK.sub(r"\1", _TAG.sub(" ", text))
    text = _RULE.sub("", text)
    text = _QUOTE.sub("", _HEADING.sub(r"\1", text))
    text = _MARKS.sub("", _BULLET.sub("", text))
    return re.sub(r"[ \t]*\|[ \t]*", " ", text) if text.count("|") > 1 else text


def _without_emoji(text: str) -> str:
    kept = "".join(ch for ch in text if not _is_symbol(ch))
    return _LOOSE_END.sub(r"\1", kept) if kept != text else text


def _is_symbol(ch: str) -> bool:
    """Pictures and their joiners, controls and lone surrogates; degree, currency and maths signs stay."""
    if ch in "\n\t ":
        return False
    kind = unicodedata.category(ch)
    return (kind == "So" and ch not in "°©®") or kind in ("Cc", "Cf", "Cs", "Co", "Cn") or ch in "\ufe0f\u20e3"


_LOOSE_END = re.compile(r"[ \t]+([.,!?])")
_NOT_PLAIN = re.compile(r"\s+")


def _one_line(text: str) -> str:
    """Join lines; a line that does not end like a sentence gets a full stop, so that two never melt
    together."""
    lines = [_NOT_PLAIN.sub(" ", line).strip() for line in text.splitlines()]
    kept = [line for line in lines if any(ch.isalnum() for ch in line)]
    ended = [line if _END.search(line) else line + "." for line in kept[:-1]]
    return " ".join(ended + kept[-1:])
