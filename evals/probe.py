"""Whether llama.cpp can open a GGUF at all, asked in a child process: a damaged header can take its process along.

python -m evals.probe FILE.gguf
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from josi.chat_format import detect
from josi.errors import ContractError
from line.errors import InputError, JosiError, MissingError
from line.llama import Model
from line.paths import REPO

_REFUSED = 2
_SECONDS = 120


def require_loadable(gguf: Path) -> None:
    """Refuses a file from outside before this process opens it.

    Raises:
        MissingError: there is no such file.
        InputError: no GGUF, one that llama.cpp refuses or dies on, or one whose chat format we do not know.
    """
    if not gguf.is_file():
        raise MissingError(f"No model at {gguf}. Make it with `josi convert`, or name another GGUF.")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPO), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "evals.probe", str(gguf)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=env, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{gguf}: llama.cpp did not read its header in {_SECONDS} s; is the file damaged?") from error
    if done.returncode == _REFUSED:
        raise InputError(done.stderr.strip().splitlines()[-1])
    if done.returncode != 0:
        raise InputError(f"{gguf}: llama.cpp dies on its header (exit code {done.returncode}); the file is damaged.")


def main(path: Path) -> int:
    """Opens the vocabulary and reads the chat format; the reason on stderr where that fails."""
    try:
        with Model(path, vocab_only=True) as vocabulary:
            detect(vocabulary.chat_template())
    except JosiError as error:
        print(str(error).replace("\n", " "), file=sys.stderr)
        return _REFUSED
    except ContractError as error:
        print(f"{path}: {error}", file=sys.stderr)
        return _REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
