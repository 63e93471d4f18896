"""GBNF text back into a grammar tree, so that what is sampled is the file and not the compiler's own tree."""

from __future__ import annotations

import re

from grammars.errors import GbnfError
from grammars.nodes import EMPTY, Chars, Lit, Node, Ref, alt, chars, complement, repeat, seq
from grammars.rules import references

_TOKEN = re.compile(
    r"""(?P<space>[ \t]+|\#[^\n]*|\r?\n)
    |(?P<define>[A-Za-z0-9_-]+[ \t]*::=)
    |(?P<name>[A-Za-z0-9_-]+)
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<class>\[(?:[^\]\\]|\\.)*\])
    |(?P<count>\{[ \t]*\d+[ \t]*(?:,[ \t]*\d*[ \t]*)?\})
    |(?P<mark>[|()*+?.])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_CONTROL = {"n": "\n", "r": "\r", "t": "\t"}
_MARKS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_ANY = complement(chars("\n", "\r"))

Token = tuple[str, str]


def parse_gbnf(text: str) -> dict[str, Node]:
    """The rules of a GBNF text.

    Raises:
        GbnfError: it is not well-formed, or a rule is used that nobody defines.
    """
    rules: dict[str, Node] = {}
    tokens = _tokens(text)
    starts = [i for i, (kind, _) in enumerate(tokens) if kind == "define"]
    if starts[:1] != [0]:
        raise GbnfError("a grammar begins with a rule: `name ::= ...`")
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        name = tokens[start][1].removesuffix("::=").strip()
        if name in rules:
            raise GbnfError(f"the rule {name!r} is defined twice")
        reader = _Rule(name, tokens[start + 1 : end])
        rules[name] = reader.choice()
        reader.finish()
    missing = {used for body in rules.values() for used in references(body)} - set(rules)
    if missing:
        raise GbnfError(f"no rule defines {min(missing)!r}")
    return rules


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found or not found.lastgroup:
            raise GbnfError(f"line {text.count(chr(10), 0, at) + 1}: cannot read {text[at : at + 20]!r}")
        if found.lastgroup != "space":
            tokens.append((found.lastgroup, found.group()))
        at = found.end()
    return tokens


class _Rule:
    def __init__(self, name: str, tokens: list[Token]) -> None:
        self.name, self.tokens, self.at = name, tokens, 0

    def choice(self) -> Node:
        options = [self.sequence()]
        while self._take("|"):
            options.append(self.sequence())
        return alt(options)

    def sequence(self) -> Node:
        items: list[Node] = []
        while self.at < len(self.tokens) and self.tokens[self.at][1] not in ("|", ")"):
            items.append(self.repeated())
        return seq(*items) if items else EMPTY

    def repeated(self) -> Node:
        item = self.atom()
        while self.at < len(self.tokens):
            kind, word = self.tokens[self.at]
            if kind == "count":
                low, comma, high = word[1:-1].replace(" ", "").replace("\t", "").partition(",")
                item = repeat(item, int(low), int(high) if high else None if comma else int(low))
            elif word in _MARKS:
                item = repeat(item, *_MARKS[word])
            else:
                break
            self.at += 1
        return item

    def atom(self) -> Node:
        kind, word = self.tokens[self.at]
        self.at += 1
        if kind == "text":
            return Lit("".join(_characters(word[1:-1])))
        if kind == "class":
            return _class(word[1:-1])
        if kind == "name":
            return Ref(word)
        if word == ".":
            return _ANY
        if word == "(":
            inner = self.choice()
            if self._take(")"):
                return inner
        raise GbnfError(f"rule {self.name!r}: unexpected {word!r}")

    def finish(self) -> None:
        if self.at < len(self.tokens):
            raise GbnfError(f"rule {self.name!r}: unexpected {self.tokens[self.at][1]!r}")

    def _take(self, mark: str) -> bool:
        found = self.at < len(self.tokens) and self.tokens[self.at] == ("mark", mark)
        self.at += found
        return found


def _characters(body: str) -> list[str]:
    """The characters of a text, escapes read."""
    found, at = [], 0
    while at < len(body):
        escape = _ESCAPE.match(body, at)
        if escape:
            code = escape.group(1) or escape.group(2) or escape.group(3)
            found.append(chr(int(code, 16)) if code else _CONTROL.get(escape.group(4), escape.group(4)))
            at = escape.end()
        else:
            found.append(body[at])
            at += 1
    return found


def _class(body: str) -> Chars:
    negated = body.startswith("^")
    parts: list[tuple[int, int] | str] = []
    rest = body[negated:]
    while rest:
        low, rest = _first(rest)
        if rest[:1] == "-" and rest[1:]:
            high, rest = _first(rest[1:])
            parts.append((ord(low), ord(high)))
        else:
            parts.append(low)
    return complement(chars(*parts)) if negated else chars(*parts)


def _first(body: str) -> tuple[str, str]:
    escape = _ESCAPE.match(body)
    size = escape.end() if escape else 1
    return _characters(body[:size])[0], body[size:]
