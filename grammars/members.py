"""Objects and arrays: what follows what.

An optional member is no `x?`: chains of those explode in llama.cpp. After each member comes one rule that
lists which member may be next, or the closing brace.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grammars.nodes import Alt, Lit, Node, Seq, alt, repeat, seq
from grammars.rules import RuleBook


@dataclass(frozen=True)
class Member:
    """One member of an object: its quoted name, the grammar of its value, whether it must be there."""

    key: str
    value: Node
    required: bool


def object_text(members: Sequence[Member], book: RuleBook, name: str) -> Node:
    """An object with its members in this order; each at most once, the required ones always."""
    tails: list[Node] = [Lit("}")]
    for start in range(len(members) - 1, 0, -1):
        rest = _next(members[start:], tails, Lit(',"'))
        tails.insert(0, book.named(f"{name}-{start}", rest))
    return seq(Lit("{"), _next(members, tails, Lit('"')))


def counted_object(members: Sequence[Member], low: int, high: int | None, book: RuleBook, name: str) -> list[Node]:
    """An object of `low` to `high` members; one rule for each (place, members so far)."""
    most = len(members) if high is None else min(high, len(members))
    rules: dict[tuple[int, int], list[Node]] = {}

    def options(place: int, count: int) -> list[Node]:
        """What may follow `count` members when those before `place` are settled, without comma and quote."""
        found: list[Node] = []
        for i in range(place, len(members)):
            if count < most and (rest := after(i + 1, count + 1)):
                found += [seq(Lit(members[i].key[1:] + ":"), members[i].value, rest[0])]
            if members[i].required:
                return found
        return found

    def after(place: int, count: int) -> list[Node]:
        count = min(count, low) if high is None else count
        if (place, count) not in rules:
            rules[place, count] = [book.named(f"{name}-{place}-of-{count}", node) for node in rest(place, count, ',"')]
        return rules[place, count]

    def rest(place: int, count: int, lead: str) -> list[Node]:
        found = options(place, count)
        ends = count >= low and not any(member.required for member in members[place:])
        return alternatives([*([seq(Lit(lead), alt(found))] if found else []), *([Lit("}")] if ends else [])])

    return [seq(Lit("{"), node) for node in rest(0, 0, '"')]


def alternatives(options: Sequence[Node]) -> list[Node]:
    """A choice as one node; none where there is nothing to choose from."""
    return [alt(options)] if options else []


def _next(members: Sequence[Member], tails: Sequence[Node], lead: Node) -> Node:
    """`lead` and one of the members up to the first required one; or the brace, when none is required.

    `tails[i]` is what follows `members[i]`, counted from the end of both lists.
    """
    offset = len(tails) - len(members)
    options: list[Node] = []
    for i, member in enumerate(members):
        values = member.value.options if isinstance(member.value, Alt) else (member.value,)
        key = Lit(member.key[1:] + ":")
        options += factored([seq(key, value, tails[i + offset]) for value in values])
        if member.required:
            return seq(lead, alt(options))
    return alt([seq(lead, alt(options)), Lit("}")]) if options else Lit("}")


def factored(options: list[Node]) -> list[Node]:
    """The same choice with the text that all options begin with said once.

    Fewer readings to follow at a time, and none that a reader with a greedy lexer could take wrongly.
    """
    if len(options) < 2:
        return options
    heads = [item.items[0] if isinstance(item, Seq) else item for item in options]
    shared = _shared_start([head.text if isinstance(head, Lit) else "" for head in heads])
    if not shared:
        return options
    rests = [
        seq(Lit(head.text[len(shared) :]), *(item.items[1:] if isinstance(item, Seq) else ()))
        for head, item in zip(heads, options, strict=True)
        if isinstance(head, Lit)
    ]
    return [seq(Lit(shared), alt(rests))]


_OPENS = re.compile(r'[{\["]|[^"]+"')  # what opens a value or a name, or the rest of a name


def grouped(options: list[Node]) -> list[Node]:
    """`factored` for a choice whose options begin alike only in part: those with the same sign or name, and on."""
    groups: dict[str, list[Node]] = {}
    for i, option in enumerate(options):
        head = option.items[0] if isinstance(option, Seq) else option
        start = _OPENS.match(head.text) if isinstance(head, Lit) else None
        groups.setdefault(start.group() if start else f"option {i}", []).append(option)
    return [node for some in groups.values() for node in _shared(some)]


def _shared(options: list[Node]) -> list[Node]:
    if len(options) < 2:
        return options
    match factored(options):
        case [Seq((Lit() as start, Alt(rests)))]:
            return [seq(start, alt(grouped(list(rests))))]
        case found:
            return found


def _shared_start(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)  # what these two share, all share
    size = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:size]


def array_text(item: Node | None, low: int, high: int | None) -> list[Node]:
    """An array of `low` to `high` items (None: no valid item exists); no options when nothing is valid."""
    empty: list[Node] = [Lit("[]")] if low == 0 else []
    if high == 0 or item is None:
        return empty
    more = repeat(seq(Lit(","), item), max(low - 1, 0), None if high is None else high - 1)
    return [*empty, seq(Lit("["), item, more, Lit("]"))]
