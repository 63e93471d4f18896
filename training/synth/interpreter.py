"""The Interpreter's training rows: drafts of every intent, dressed with chatter, noise and CONTEXT.

The labels are drawn first and the words from them, so a label is never guessed from a text; only the sport
that a message happens to name beside a change or a question is read back with `josi.sports`. The rules are in
LABELS.md.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from josi.decision import canonical
from josi.prompts import interpreter_messages
from josi.sports import sports_in
from line.errors import StageError
from training.rows import Row, balance, make_row, message_of, user_turn
from training.synth import interpreter_ask as ask
from training.synth import interpreter_clarify as clarify
from training.synth import interpreter_create as create
from training.synth import interpreter_replan as replan
from training.synth.compose import Dice
from training.synth.dedupe import Index, normalise
from training.synth.interpreter_confidence import with_confidence
from training.synth.interpreter_context import context_for
from training.synth.interpreter_draft import Draft, split_tag, words
from training.synth.interpreter_dress import dress

__all__ = ["balance", "generate"]

Maker = Callable[[Dice], Draft]

SAME_MESSAGE = 2  # how often one message may occur, each time with another CONTEXT
VAL_LETTERS = 22  # a validation message is no shorter: the short everyday ones all belong in training
_STRONG = re.compile(r"strength|stronger|muscle|kracht", re.IGNORECASE)  # LABELS.md: goal "strength"
TRIES = 60  # drafts per wanted row before giving up


def generate(
    seed: int, n_train: int = 1450, n_val: int = 290, held_out: Sequence[str] = (), draw_number: int = 0
) -> tuple[list[Row], list[Row]]:
    """Training and validation rows, byte-identical for the same arguments on every machine.

    No user turn occurs twice, no message is a near-duplicate of a `held_out` one (an evaluation set's), and no
    training message of a validation message. Another `draw_number` gives other training rows beside the
    same validation rows.
    Raises:
        StageError: more rows were asked for than the vocabulary can yield.
    """
    val = _rows(seed, "val", n_val, Index(held_out))
    train = _rows(seed, f"train{draw_number or ''}", n_train, Index([*held_out, *map(message_of, val)]))
    return train, val


def _rows(seed: int, split: str, total: int, held_out: Index) -> list[Row]:
    seen: Counter[str] = Counter()
    rows: list[Row] = []
    for name, quota in _quotas(total).items():
        dice = Dice(seed, f"interpreter:{split}:{name}")
        rows += _fill(_INTENTS[name][1], quota, dice, seen, held_out, short=split != "val")
    return Dice(seed, f"interpreter:{split}:order").shuffled(rows)


def _quotas(total: int) -> dict[str, int]:
    """Rows per intent, largest remainders first, so that they add up to `total`."""
    whole = sum(weight for weight, _ in _INTENTS.values())
    exact = {name: total * weight / whole for name, (weight, _) in _INTENTS.items()}
    quotas = {name: int(share) for name, share in exact.items()}
    by_rest = sorted(exact, key=lambda name: (quotas[name] - exact[name], name))
    for name in by_rest[: total - sum(quotas.values())]:
        quotas[name] += 1
    return quotas


def _fill(make: Maker, quota: int, dice: Dice, seen: Counter[str], held_out: Index, *, short: bool) -> list[Row]:
    rows: list[Row] = []
    for _ in range(TRIES * quota + TRIES):
        if len(rows) == quota:
            return rows
        row = _row(make(dice), dice)
        if row and _is_new(row, seen, short=short) and not held_out.has_near(message_of(row)):
            seen.update((normalise(message_of(row)) or message_of(row), user_turn(row)))
            rows.append(row)
    if len(rows) == quota:
        return rows
    raise StageError(
        f"only {len(rows)} of {quota} different rows could be made of one intent; "
        "ask for fewer rows or add lines to training/synth/words"
    )


def _is_new(row: Row, seen: Counter[str], *, short: bool) -> bool:
    message = message_of(row)
    if not short and len(message) < VAL_LETTERS:
        return False
    return seen[normalise(message) or message] < SAME_MESSAGE and not seen[user_turn(row)]


def _row(draft: Draft, dice: Dice) -> Row | None:
    """The finished row, None when the text says something else about the sport than its labels do."""
    fields = _with_sport(draft)
    if fields is None:
        return None
    if fields.get("sport") == "strength" and fields["action"] == "create_workout" and _STRONG.search(draft.text):
        fields = fields | {"goal": "strength"}
    draft, confidence = with_confidence(draft, dice)
    message = dress(draft, dice)
    context = context_for(draft, dice)
    request = fields | {"free_text": message, "confidence": confidence}
    if fields["action"] in ("explain", "answer_question"):
        request["question"] = message
    return make_row(interpreter_messages(message, context), canonical(request), draft.category)


def _with_sport(draft: Draft) -> dict[str, object] | None:
    """The labels with the sport the text names; None when text and labels contradict each other."""
    named = sports_in(draft.text)
    fields = draft.fields
    if fields["action"] == "clarify":
        return None if named and draft.category == "clarify_sport" else fields
    if fields["action"] == "create_workout":
        from_context = draft.context in ("sport", "memory")
        return fields if fields["sport"] in named or (from_context and not named) else None
    return fields | ({"sport": named[0]} if len(named) == 1 else {})


def _contrast(dice: Dice) -> Draft:
    label, template = split_tag(dice.pick(words()["contrast_pairs"]))
    if label == "explain":
        return ask.own(template, "explain_session", dice)
    if label == "answer":
        return ask.general(template, dice)
    if label == "create":
        return create.from_template(template, dice)
    if label in ("intent", "medical"):
        return clarify.contrast(label, template, dice)
    return replan.contrast(label, template, dice)


_INTENTS: dict[str, tuple[float, Maker]] = {
    "create_named": (12, create.named),
    "create_context": (7.5, lambda dice: create.unnamed(dice, "sport")),
    "create_memory": (2, lambda dice: create.unnamed(dice, "memory")),
    "create_history": (1.5, create.follow_up),
    "create_date": (1.2, create.on_date),
    "create_nl": (7, create.dutch),
    "replan": (30, replan.replan),
    "replan_nl": (10, replan.dutch),
    "explain": (13.5, ask.explain),
    "explain_nl": (4, ask.explain_dutch),
    "explain_history": (0.7, ask.follow_up),
    "answer": (14, ask.answer),
    "answer_nl": (4, ask.answer_dutch),
    "clarify_sport": (5.5, lambda dice: create.unnamed(dice, "none")),
    "clarify_intent": (9.5, clarify.intent),
    "clarify_intent_nl": (2.5, clarify.intent_dutch),
    "clarify_medical": (4.5, clarify.medical),
    "clarify_medical_nl": (1, clarify.medical_dutch),
    "contrast": (11, _contrast),
}
"""Share of each intent (of their sum) and what drafts it."""
