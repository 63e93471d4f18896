"""Random texts of a grammar, by walking its rules."""

from __future__ import annotations

import random
from functools import lru_cache

from grammars.gbnf import parse_gbnf
from grammars.nodes import Alt, Chars, Lit, Node, Ref, Repeat, Rules, Seq

_DEEP = 60
_GO_ON = 0.85
_RARE = 0.1
_PLAIN = 0.7


def sample(gbnf: str, rng: random.Random) -> str:
    """One text of the grammar. Every choice is possible; characters are mostly printable ones.

    Raises:
        GbnfError: the grammar is not well-formed.
    """
    rules, heights = _read(gbnf)
    return _walk(rules["root"], rules, heights, rng, 0)


@lru_cache(maxsize=16)
def _read(gbnf: str) -> tuple[Rules, dict[str, float]]:
    rules = parse_gbnf(gbnf)
    return rules, _heights(rules)


def _heights(rules: Rules) -> dict[str, float]:
    """How many rules deep the shallowest text of each rule goes: the way out of a recursion."""
    heights = dict.fromkeys(rules, float("inf"))
    while True:
        newer = {name: 1 + _height(body, heights) for name, body in rules.items()}
        if newer == heights:
            return heights
        heights = newer


def _height(node: Node, heights: dict[str, float]) -> float:
    match node:
        case Ref(name):
            return heights[name]
        case Seq(items):
            return max((_height(item, heights) for item in items), default=0)
        case Alt(options):
            return min(_height(option, heights) for option in options)
        case Repeat(item, low, _):
            return _height(item, heights) if low else 0
        case _:
            return 0


def _walk(node: Node, rules: Rules, heights: dict[str, float], rng: random.Random, depth: int) -> str:
    match node:
        case Lit(text):
            return text
        case Chars():
            return _pick(node, rng)
        case Seq(items):
            return "".join([_walk(item, rules, heights, rng, depth) for item in items])
        case Alt(options):
            if depth >= _DEEP:
                chosen = min(options, key=lambda option: _height(option, heights))
            elif _is_plain(options[0], rules) and rng.random() < _PLAIN:
                chosen = options[0]
            else:
                chosen = rng.choice(options)
            return _walk(chosen, rules, heights, rng, depth)
        case Repeat(item, low, high):
            times = _times(low, high, rng) if depth < _DEEP else low
            return "".join([_walk(item, rules, heights, rng, depth) for _ in range(times)])
        case Ref(name):
            return _walk(rules[name], rules, heights, rng, depth + 1)


def _is_plain(node: Node, rules: Rules) -> bool:
    """Whether this is the way to write a character without an escape; or the rule that has it."""
    body = rules[node.name] if isinstance(node, Ref) else node
    return isinstance(body, Chars) or (
        isinstance(node, Ref) and isinstance(body, Alt) and isinstance(body.options[0], Chars)
    )


def _times(low: int, high: int | None, rng: random.Random) -> int:
    """Mostly few, now and then the very most that is allowed."""
    if high is not None and rng.random() < _RARE:
        return high
    times = low
    while (high is None or times < high) and rng.random() < _GO_ON:
        times += 1
    return times


def _pick(node: Chars, rng: random.Random) -> str:
    low, high = rng.choice(node.ranges)
    if rng.random() < _RARE:
        return chr(rng.choice((low, high)))
    if low < 0x7E and rng.random() < _PLAIN:
        return chr(rng.randint(low, min(high, 0x7E)))
    return chr(rng.randint(low, min(high, low + 2 ** rng.randint(0, 20))))  # mostly the assigned planes
