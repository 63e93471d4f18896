"""Errors of the evaluation stage.

EngineError (StageError)   the generation engine could not do its work
EvalInput (InputError)     a prompt file, log or settings file is wrong
"""

from line.errors import InputError, StageError


class EngineError(StageError):
    """The generation engine failed on sound input."""


class EvalInput(InputError):
    """A file given to the evaluation is wrong; the message names file, key and remedy."""
