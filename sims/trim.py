"""What an app gives back at each of Android's trim levels. Pure.

Levels: https://developer.android.com/reference/android/content/ComponentCallbacks2
"""

from __future__ import annotations

from dataclasses import dataclass

_RUNNING_LOW, _RUNNING_CRITICAL, _UI_HIDDEN, _BACKGROUND, _COMPLETE = 10, 15, 20, 40, 80


@dataclass(frozen=True)
class Kept:
    """`contexts`: the caches stay. `models`: "all", "active" (the one last used) or "none"."""

    contexts: bool
    models: str


def kept_at(level: int) -> Kept:
    """What stays in memory at a level.

    In front: low memory costs the caches, critically low memory the idle model too. Behind: hidden costs the caches, a
    place in the list of what may be killed the idle model, the end of that list everything.
    """
    if level >= _COMPLETE:
        return Kept(False, "none")
    if level >= _BACKGROUND or _RUNNING_CRITICAL <= level < _UI_HIDDEN:
        return Kept(False, "active")
    return Kept(level < _RUNNING_LOW, "all")
