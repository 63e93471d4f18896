"""Runs one of llama.cpp's converters for a tokenizer whose family we know and it may not.

    python -m training.known_tokenizer NAME SCRIPT [ARGUMENT ...]

The converter tells a byte-level BPE tokenizer by a digest of what it does to a test text, and stops where the digest is
not in its list: a tokenizer that another version of transformers rebuilt, or one with added tokens. Only then NAME,
llama.cpp's name for how the family splits text ("qwen2"), is used.
"""

from __future__ import annotations

import importlib
import runpy
import sys
from pathlib import Path
from typing import Any


def main(name: str, script: Path, arguments: list[str]) -> None:
    """Runs `script` as the main program, with the fallback in place."""
    sys.path.insert(0, str(script.parent))
    text_model: Any = importlib.import_module("conversion.base").TextModel
    told = text_model.get_vocab_base_pre

    def known(self: Any, tokenizer: Any) -> str:
        try:
            return str(told(self, tokenizer))
        except NotImplementedError:
            return name

    text_model.get_vocab_base_pre = known
    sys.argv = [str(script), *arguments]
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
