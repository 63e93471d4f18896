"""How sure a model was of the action that it wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ACTION = re.compile(rb'\A\{"action":"[^"]*"')


def certainty(text: str, chosen: Sequence[Sequence[float]]) -> float | None:
    """The probability, 0…1, of a decision's action: the product over the choices that wrote it.

    text: the canonical decision; chosen: (place in bytes, probability) pairs as in `evals.engine.Completion`. None
    where the text names no action, or nothing is known of its choices.
    """
    action = _ACTION.match(text.encode("utf-8", "surrogatepass"))
    if not action or not chosen:
        return None
    product = 1.0
    for place, probability in chosen:
        if place < action.end():
            product *= probability
    return product
