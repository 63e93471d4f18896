"""The rules of a grammar under construction: names that are valid everywhere, one rule for one meaning.

Two things are kept away from llama.cpp: counted repetition of a group (`(...){0,50}` inside another one is
refused; of a named rule it is not), and rule names that another reader of GBNF would fold into one.
"""

import re
from collections.abc import Iterator

from grammars.nodes import Alt, Chars, Lit, Node, Ref, Repeat, Seq, alt, repeat, seq

_UNCOUNTED = ((0, None), (1, None), (0, 1))


class RuleBook:
    """Rules by name, in the order they were first used."""

    def __init__(self) -> None:
        self._rules: dict[str, Node | None] = {}
        self._names: dict[Node, Ref] = {}

    def reserve(self, name: str) -> Ref:
        """A name for a rule to be filled in later."""
        base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "rule"
        base = base if base[0].isalpha() else f"r-{base}"
        unique, count = base, 1
        while unique in self._rules:
            count += 1
            unique = f"{base}-v{count}"
        self._rules[unique] = None
        return Ref(unique)

    def fill(self, ref: Ref, node: Node) -> None:
        """Gives a reserved rule its body."""
        self._rules[ref.name] = node

    def named(self, name: str, node: Node) -> Node:
        """The node as a rule of its own; what needs no name, or has one already, is given back as it is."""
        if isinstance(node, Lit | Ref):
            return node
        if node not in self._names:
            self._names[node] = self.reserve(name)
            self.fill(self._names[node], node)
        return self._names[node]

    def finished(self, root: str = "root") -> dict[str, Node]:
        """The rules that are in use, `root` first, each written for llama.cpp."""
        done: dict[str, Node] = {}
        waiting = [root]
        while waiting:
            name = waiting.pop(0)
            body = self._rules[name]
            if name in done or body is None:
                continue
            done[name] = self._counted_by_name(body, f"{name}-part")
            waiting += references(done[name])
        return done

    def _counted_by_name(self, node: Node, name: str) -> Node:
        match node:
            case Seq(items):
                return seq(*(self._counted_by_name(item, name) for item in items))
            case Alt(options):
                return alt(self._counted_by_name(option, name) for option in options)
            case Repeat(item, low, high):
                inner = self._counted_by_name(item, name)
                simple = isinstance(inner, Lit | Chars | Ref) or (low, high) in _UNCOUNTED
                return repeat(inner if simple else self.named(name, inner), low, high)
            case _:
                return node


def references(node: Node) -> Iterator[str]:
    """The names of the rules a node uses."""
    match node:
        case Ref(name):
            yield name
        case Seq(items) | Alt(items):
            for item in items:
                yield from references(item)
        case Repeat(item, _, _):
            yield from references(item)
