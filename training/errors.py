"""Errors of the training stage.

TrainingError (StageError)    training could not finish
DataError (InputError)        a data file or row is wrong
ModelUnavailable (MissingError)  a base model is not here; the message says how to supply it
PinStale (InputError)         a pinned checkpoint was trained from another recipe
"""

from line.errors import InputError, MissingError, StageError


class TrainingError(StageError):
    """Training could not finish though its input was sound."""


class DataError(InputError):
    """A data file or row is wrong; the message names file, row and remedy."""


class ModelUnavailable(MissingError):
    """A base model cannot be had here; the message says how to supply it."""


class PinStale(InputError):
    """A pinned checkpoint was trained from another recipe than the tree's; the message says what to run."""
