"""A session missed on an earlier day that looks for another place: moved, and no skip of today's.

The words are `josi/data/missed.toml`.
"""

from josi.text import phrases, plain, word_list

_W = word_list("missed")
_MISSED, _BEFORE, _PLACE, _TODAY_TOO = (phrases(_W[name]) for name in ("missed", "before", "place", "today_too"))


def looks_for_a_place(message: str) -> bool:
    """Whether `message` tells of a session that an earlier day has missed, and asks to have it after all."""
    read = plain(message)
    told = all(words.search(read) for words in (_MISSED, _BEFORE, _PLACE))
    return told and not _TODAY_TOO.search(read)
