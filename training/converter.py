"""llama.cpp's own converters, of the same revision as the runtime: they travel in llama-cpp-python's source archive."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from line.errors import MissingError
from line.paths import REPO, cache_dir
from training.errors import TrainingError

PARTS = ("convert_hf_to_gguf.py", "convert_lora_to_gguf.py", "conversion/", "gguf-py/")
INSIDE = "vendor/llama.cpp/"


def runtime_version() -> str:
    """The installed llama-cpp-python's version.

    Raises:
        MissingError: it is not installed.
    """
    try:
        return importlib.metadata.version("llama-cpp-python")
    except importlib.metadata.PackageNotFoundError as error:
        raise MissingError("llama-cpp-python is not installed. Run `bash bootstrap.sh setup`.") from error


def tools_dir() -> Path:
    """The folder with the converters of the installed revision.

    Raises:
        MissingError: they have not been unpacked yet.
    """
    folder = cache_dir() / f"llama.cpp-{runtime_version()}"
    if not (folder / PARTS[0]).is_file():
        raise MissingError(f"llama.cpp's converters are not in {folder}. Run `bash bootstrap.sh setup`.")
    return folder


def unpack(archive: Path, folder: Path) -> None:
    """Takes the converters out of llama-cpp-python's source archive (a .tar.gz)."""
    partial = folder.with_name(folder.name + ".partial")
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            name = member.name.partition("/")[2]
            inside = name.removeprefix(INSIDE)
            if name.startswith(INSIDE) and inside.startswith(PARTS) and member.isfile():
                member.name = inside
                tar.extract(member, partial, filter="data")
    partial.rename(folder)


def run_converter(script: str, *arguments: str | Path, pre_tokenizer: str = "") -> None:
    """Runs one converter in a child process; `pre_tokenizer`: see `training.known_tokenizer`.

    Raises:
        TrainingError: it failed; carries the last lines it printed.
    """
    through = ["-m", "training.known_tokenizer", pre_tokenizer] if pre_tokenizer else []
    command = [sys.executable, *through, str(tools_dir() / script), *map(str, arguments)]
    path = os.pathsep.join([str(REPO), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "PYTHONPATH": path}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise TrainingError(f"llama.cpp's {script} failed (exit code {done.returncode}):\n{tail}")


if __name__ == "__main__":
    unpack(Path(sys.argv[1]), cache_dir() / f"llama.cpp-{runtime_version()}")
