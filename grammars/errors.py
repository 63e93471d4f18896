"""What can go wrong with a schema or a grammar.

InputError (line)
├── SchemaError      a schema says something the compiler cannot say in GBNF; names the keyword and its place
└── GbnfError        a GBNF text that cannot be read; names the line
"""

from line.errors import InputError


class SchemaError(InputError):
    """A keyword, or a combination of keywords, that has no exact GBNF; nothing is ever ignored instead."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"schema at {path or '#'}: {problem}")
        self.path = path


class GbnfError(InputError):
    """A GBNF text that is not well-formed."""
