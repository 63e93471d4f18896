"""A grammar as an automaton that is built as it is walked: what may follow a text, and what must.

A state is a set of stacks of what is still to come; each is worked out once and then a dictionary look-up. The
grammars that hold a model's answer have a few hundred states in practice, whatever their text says is possible.
"""

from __future__ import annotations

from functools import lru_cache

from grammars.gbnf import parse_gbnf
from grammars.nodes import Alt, Chars, Lit, Node, Ref, Repeat, Seq

Stack = tuple[Node, ...]
State = frozenset[Stack]  # each stack starts with a `Lit` or `Chars`, or is empty: the text may end here
DEAD: State = frozenset()
_END: State = frozenset({()})
LONGEST = 512  # characters that are looked ahead at most


class Automaton:
    """One grammar's automaton, shared by every sequence that is held to it.

    Raises:
        GbnfError: the grammar is not well-formed.
    """

    def __init__(self, gbnf: str, root: str = "root") -> None:
        self.rules = parse_gbnf(gbnf)
        self.start = self._closed((Ref(root),))
        self._steps: dict[tuple[State, str], State] = {}
        self._forced: dict[State, str] = {}

    def step(self, state: State, text: str) -> State:
        """The state after `text`; `DEAD` where the grammar has no such text."""
        for char in text:
            key = (state, char)
            if key not in self._steps:
                self._steps[key] = self._next(state, char)
            state = self._steps[key]
        return state

    def forced(self, state: State) -> str:
        """The longest text that every continuation starts with (at most `LONGEST` characters)."""
        if state not in self._forced:
            text, at = "", state
            while len(text) < LONGEST and (char := self._only(at)):
                text += char
                at = self.step(at, char)
            self._forced[state] = text
        return self._forced[state]

    def is_over(self, state: State) -> bool:
        """Whether the text is complete and nothing may follow."""
        return state == _END

    def _only(self, state: State) -> str:
        """The one character that may come next; "" where there are several, or the text may end."""
        found = ""
        for stack in state:
            char = _single(stack[0]) if stack else ""
            if not char or (found and char != found):
                return ""
            found = char
        return found

    def _next(self, state: State, char: str) -> State:
        after: set[Stack] = set()
        for stack in state:
            if not stack:
                continue
            head, rest = stack[0], stack[1:]
            if isinstance(head, Lit) and head.text[0] == char:
                after |= self._closed((Lit(head.text[1:]), *rest))
            elif isinstance(head, Chars) and any(low <= ord(char) <= high for low, high in head.ranges):
                after |= self._closed(rest)
        return frozenset(after)

    def _closed(self, start: Stack) -> State:
        """The stacks that begin with a character, or with nothing, which `start` opens into."""
        open_, seen, done = [start], {start}, set[Stack]()
        while open_:
            stack = open_.pop()
            if not stack or (isinstance(stack[0], Lit) and stack[0].text) or isinstance(stack[0], Chars):
                done.add(stack)
                continue
            for newer in self._opened(stack[0], stack[1:]):
                if newer not in seen:
                    seen.add(newer)
                    open_.append(newer)
        return frozenset(done)

    def _opened(self, head: Node, rest: Stack) -> list[Stack]:
        match head:
            case Seq(items):
                return [(*items, *rest)]
            case Alt(options):
                return [(option, *rest) for option in options]
            case Ref(name):
                return [(self.rules[name], *rest)]
            case Repeat(item, low, high):
                fewer = None if high is None else high - 1
                more = [] if high == 0 else [(item, Repeat(item, max(low - 1, 0), fewer), *rest)]
                return more if low else [rest, *more]
            case _:  # an empty text
                return [rest]


def _single(node: Node) -> str:
    if isinstance(node, Lit):
        return node.text[0]
    if isinstance(node, Chars) and len(node.ranges) == 1 and node.ranges[0][0] == node.ranges[0][1]:
        return chr(node.ranges[0][0])
    return ""


@lru_cache(maxsize=16)
def automaton(gbnf: str) -> Automaton:
    """The automaton of a grammar, kept for the process.

    Raises:
        GbnfError: the grammar is not well-formed.
    """
    return Automaton(gbnf)
