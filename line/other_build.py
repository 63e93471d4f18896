"""Where llama.cpp's other build lies; apart from the binding, which a phone's agent loads without the cache's rules."""

import importlib.metadata
from contextlib import suppress
from pathlib import Path

from line.errors import MissingError
from line.paths import cache_dir


def other_build() -> Path:
    """The folder with llama.cpp's libraries of the same version, built for other vector units.

    Raises:
        MissingError: it was not built.
    """
    found = {path.name.removesuffix("-other-build"): path for path in cache_dir().glob("llama.cpp-*-other-build")}
    with suppress(importlib.metadata.PackageNotFoundError, KeyError):
        return found[f"llama.cpp-{importlib.metadata.version('llama-cpp-python')}"]
    raise MissingError(f"The other build of llama.cpp is not in {cache_dir()}. Run `bash bootstrap.sh setup`.")
