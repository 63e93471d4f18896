"""Messages that sound like a red flag and are none: idioms, denials, cleared matters, another's symptoms, effort.

The host's rule is held to each by the vectors; here the whole Interpreter is, since the model may raise an alarm too.
"""

from evals.samples import EvalCase
from golden.conformance import load

CATEGORY = "no_red_flag"


def alarm_cases() -> list[EvalCase]:
    """The red-flag vectors without a red flag as the evaluation's cases; nothing else of them is labelled."""
    quiet = (vector for vector in load("red_flags") if not vector.expected["red_flag"])
    return [
        EvalCase(vector.id, "interpreter", CATEGORY, str(vector.input["text"]), expect={"red_flag": False})
        for vector in quiet
    ]
