"""The Explainer's training and validation rows, composed from phrases and deterministic from a seed.

Every category has one plan of answer and many phrasings, so that a small model can learn it. Numbers in an
answer come from the drawn scene (CONTEXT, GATC RESULT) or from nowhere.
"""

from collections.abc import Callable, Iterator, Sequence

from josi.context import Context, parse_context, render_context
from josi.prompts import explainer_messages
from training.rows import Row, make_row
from training.synth.compose import Dice, TemplateError
from training.synth.dedupe import Index, normalise
from training.synth.explainer_care import red_flag, unsafe_goal
from training.synth.explainer_coach import (
    Draft,
    grounded_workout,
    readiness_explained,
    session_explained,
)
from training.synth.explainer_dutch import DUTCH, dutch
from training.synth.explainer_parts import phrases, typed
from training.synth.explainer_plan import memory_used, remember, replan_confirmed
from training.synth.explainer_talk import (
    clarify,
    deflection_bait,
    encouragement,
    general_question,
    jargon_question,
)

# Share of each category in percent. Unsafe goals weigh most: their push-back has no room for error. On a red flag the
# host's fixed text is shown, so it weighs least.
SHARES: dict[str, int] = {
    "grounded_workout": 10,
    "readiness_explained": 8,
    "session_explained": 7,
    "replan_confirmed": 9,
    "general_question": 12,
    "encouragement": 8,
    "memory_used": 7,
    "unsafe_goal": 24,
    "red_flag": 3,
    "clarify": 4,
    "jargon_question": 4,
    "deflection_bait": 4,
}
_MAKERS: dict[str, Callable[[Dice], Draft]] = {
    "grounded_workout": grounded_workout,
    "readiness_explained": readiness_explained,
    "session_explained": session_explained,
    "replan_confirmed": replan_confirmed,
    "general_question": general_question,
    "encouragement": encouragement,
    "memory_used": memory_used,
    "unsafe_goal": unsafe_goal,
    "red_flag": red_flag,
    "clarify": clarify,
    "jargon_question": jargon_question,
    "deflection_bait": deflection_bait,
}
_DUTCH, _DUTCH_UNSAFE, _MEMORY, _HISTORY, _PROFILE = 0.11, 0.3, 0.13, 0.08, 0.12
_TRIES = 400  # draws a row before a category counts as exhausted


def generate(
    seed: int, n_train: int = 1120, n_val: int = 240, held_out: Sequence[str] = (), draw_number: int = 0
) -> tuple[list[Row], list[Row]]:
    """(training rows, validation rows), the same for the same seed on every machine.

    No user turn occurs twice, and no training message is a near-duplicate of a validation message or of a
    `held_out` one (an evaluation set's). Another `draw_number` gives other training rows beside the
    same validation rows.

    Raises:
        TemplateError: a phrase file is malformed, or too small for the number of rows asked for.
    """
    seen: set[str] = set()
    val = draw(Dice(seed, "explainer/val"), n_val, seen, Index())
    train = draw(
        Dice(seed, f"explainer/train{draw_number or ''}"), n_train, seen, Index([*held_out, *map(message_of, val)])
    )
    return train, val


def message_of(row: Row) -> str:
    """The athlete's message of a row, without its CONTEXT block."""
    return str(row["messages"][1]["content"]).split("\n\nCONTEXT:", 1)[0]


def quotas(total: int) -> dict[str, int]:
    """Rows for each category, by largest remainder, adding up to `total`."""
    exact = {name: total * share / sum(SHARES.values()) for name, share in SHARES.items()}
    counts = {name: int(value) for name, value in exact.items()}
    by_rest = sorted(exact, key=lambda name: counts[name] - exact[name])
    for name in by_rest[: total - sum(counts.values())]:
        counts[name] += 1
    return counts


def draw(dice: Dice, total: int, seen: set[str], other: Index) -> list[Row]:
    """`total` shuffled rows: no user turn in `seen` (it grows), no message near one of `other`.

    Raises:
        TemplateError: a category has no more phrasings that differ.
    """
    rows = [row for name, count in quotas(total).items() for row in _category(dice, name, count, seen, other)]
    return dice.shuffled(rows)


def _category(dice: Dice, name: str, count: int, seen: set[str], other: Index) -> Iterator[Row]:
    made = 0
    for _ in range(_TRIES * count):
        if made == count:
            return
        row = _row(dice, name)
        mark = normalise(row["messages"][1]["content"])
        if mark in seen or other.has_near(message_of(row)):
            continue
        seen.add(mark)
        made += 1
        yield row
    if made < count:
        raise TemplateError(f"{name}: only {made} of {count} rows differ; add phrases to words/explainer_*.toml")


def _row(dice: Dice, name: str) -> Row:
    in_dutch = name in DUTCH and dice.chance(_DUTCH_UNSAFE if name == "unsafe_goal" else _DUTCH)
    draft = dutch(name, dice) if in_dutch else _MAKERS[name](dice)
    _surround(dice, draft, quiet=in_dutch)
    messages = explainer_messages(
        typed(draft.message, dice, english=not in_dutch), _block(dice, draft), draft.scene.gatc_result(), None
    )
    return make_row(messages, draft.answer, name)


def _block(dice: Dice, draft: Draft) -> str:
    """The block, in canonical order with the engine's result inside, or as the host appends it."""
    block = draft.scene.block()
    result = draft.scene.gatc_result()
    if result is None or dice.chance(0.5):
        return block
    context: Context = parse_context(block)
    context.workout = str(result["workout_summary"])
    context.why = [text for text, _ in draft.scene.reasons]
    context.safety = draft.scene.safety[0]
    return render_context(context)


def _surround(dice: Dice, draft: Draft, *, quiet: bool) -> None:
    """Profile, history and memory that the answer does not need: present in real blocks, so in training."""
    scene, words = draft.scene, phrases("parts")
    if not scene.memory.memory and dice.chance(_MEMORY):
        remember(scene, use=False)
    if dice.chance(_HISTORY):
        for asked, replied in dice.sample(words["history"]["turns"], 1 + dice.below(2)):
            scene.history += [("user", asked), ("assistant", replied)]
    if dice.chance(_PROFILE) and not quiet:
        scene.profile = {
            "Name": dice.pick(words["context"]["names"]),
            "Goal": scene.goal,
            "Phase": scene.phase,
        }
