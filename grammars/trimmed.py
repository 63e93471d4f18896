"""Rules without those that have no text: an alternative that never ends is none."""

from __future__ import annotations

from grammars.nodes import EMPTY, Alt, Node, Ref, Repeat, Seq, alt, repeat, seq
from grammars.rules import references


def trimmed(rules: dict[str, Node]) -> dict[str, Node]:
    """The rules that have a text and are in use, `root` first; none where `root` has no text."""
    ending: set[str] = set()
    while newer := {name for name, body in rules.items() if name not in ending and _ends(body, ending)}:
        ending |= newer
    if "root" not in ending:
        return {}
    if len(ending) == len(rules):
        return rules
    kept = {name: body for name, rule in rules.items() if name in ending and (body := _without(rule, ending))}
    used, waiting = {"root"}, ["root"]
    while waiting:
        for name in references(kept[waiting.pop()]):
            if name not in used:
                used.add(name)
                waiting.append(name)
    return {name: body for name, body in kept.items() if name in used}


def _ends(node: Node, ending: set[str]) -> bool:
    match node:
        case Ref(name):
            return name in ending
        case Seq(items):
            return all(_ends(item, ending) for item in items)
        case Alt(options):
            return any(_ends(option, ending) for option in options)
        case Repeat(item, low, _):
            return low == 0 or _ends(item, ending)
        case _:
            return True


def _without(node: Node, ending: set[str]) -> Node:
    """The node without what never ends; it has a text itself."""
    match node:
        case Seq(items):
            return seq(*(_without(item, ending) for item in items))
        case Alt(options):
            return alt(_without(option, ending) for option in options if _ends(option, ending))
        case Repeat(item, low, high):
            return repeat(_without(item, ending), low, high) if _ends(item, ending) else EMPTY
        case _:
            return node
