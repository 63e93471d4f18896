"""Texts inside JSON strings: every character in the one form that a canonical writer gives it.

Raw where JSON allows it, else the short escape, else `\\u00xx` in lower case; so no raw control character, no
invalid escape, and one text a string.
"""

from grammars.errors import SchemaError
from grammars.nodes import MAX_REPEAT, Alt, Chars, Lit, Node, Repeat, Seq, alt, chars, intersect, repeat, seq
from grammars.rules import RuleBook

_SHORT = {'"': '"', "\\": "\\", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
_RAW = chars((0x20, 0x21), (0x23, 0x5B), (0x5D, 0xD7FF), (0xE000, 0x10FFFF))
_HEX = chars((0x30, 0x39), (0x61, 0x66))
_LOW_SURROGATE = seq(Lit("\\ud"), chars((0x63, 0x66)), _HEX, _HEX)
_HIGH_SURROGATE = seq(Lit("\\ud"), chars((0x38, 0x39), (0x61, 0x62)), _HEX, _HEX)

ANY_CHAR = chars((0, 0x10FFFF))


def character(node: Chars) -> Node | None:
    """One character of a class as JSON writes it; None when only surrogates were in it."""
    options: list[Node] = []
    raw = intersect(node, _RAW)
    if len(raw.ranges) == 1 and raw.ranges[0][0] == raw.ranges[0][1]:
        options.append(Lit(chr(raw.ranges[0][0])))
    elif raw.ranges:
        options.append(raw)
    inside = [chr(p) for low, high in intersect(node, chars((0, 0x5C))).ranges for p in range(low, high + 1)]
    short = [_SHORT[c] for c in inside if c in _SHORT]
    if short:
        options.append(seq(Lit("\\"), chars(*short)))
    for nibble in "01":
        last = [f"{ord(c) & 15:x}" for c in inside if c not in _SHORT and ord(c) >> 4 == int(nibble)]
        if last:
            options.append(seq(Lit(f"\\u00{nibble}"), chars(*last)))
    return alt(options) if options else None


def json_content(node: Node, path: str) -> Node:
    """A grammar of plain texts as a grammar of the same texts inside a JSON string.

    Raises:
        SchemaError: a class holds no character that a text can have.
    """
    match node:
        case Chars():
            written = character(node)
            if written is None:
                raise SchemaError(path, "`pattern` has a class without any character that UTF-8 can hold")
            return written
        case Lit(text):
            return seq(*(json_content(chars(c), path) for c in text))
        case Seq(items):
            return seq(*(json_content(item, path) for item in items))
        case Alt(options):
            return alt(json_content(option, path) for option in options)
        case Repeat(item, low, high):
            return repeat(json_content(item, path), low, high)
        case _:
            raise SchemaError(path, f"unexpected {node} in a pattern")


def with_surrogates(char: Node, book: RuleBook) -> Node:
    """Any text, lone surrogates included as escapes; never an escaped pair, which would be one character."""
    lone = book.named("lone", alt([_LOW_SURROGATE, seq(repeat(_HIGH_SURROGATE, 1, None), char)]))
    return seq(repeat(alt([char, lone]), 0, None), repeat(_HIGH_SURROGATE, 0, None))


def check_bound(high: int | None, keyword: str, path: str) -> None:
    """Refuses an upper bound that llama.cpp would silently drop.

    Raises:
        SchemaError: it is above 2,000.
    """
    if high is not None and high > MAX_REPEAT:
        raise SchemaError(path, f"`{keyword}` is {high}; llama.cpp counts to {MAX_REPEAT} at most")
