"""The root of every error the harness raises on purpose.

JosiError                   one clear message: what was wrong, in which file or row, and what to do
├── InputError              a file, row or argument that the user can mend
├── MissingError            something that has to be installed or supplied (says how)
└── StageError              a stage that could not finish though its input was sound
"""


class JosiError(Exception):
    """Base of all errors meant for a person; the `josi` command prints it and exits with `exit_code`."""

    exit_code = 2


class InputError(JosiError):
    """A file, row or argument is wrong; the message names it and the remedy."""


class MissingError(JosiError):
    """A tool, model or service is not here; the message says how to get it."""

    exit_code = 3


class StageError(JosiError):
    """A stage failed on sound input (out of disk, a child process died, a time-out)."""

    exit_code = 4
