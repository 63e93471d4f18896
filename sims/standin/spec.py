"""What a stand-in is: one model's architecture as data (`sims/standins.toml`, or a file of the same form)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from josi.chat_format import FORMATS
from line.errors import InputError

SPECS_FILE = Path(__file__).parents[1] / "standins.toml"
ARCHITECTURES = ("llama", "qwen2", "phi3", "gemma3n")


@dataclass(frozen=True)
class Spec:
    """One model; the keys are explained in `sims/standins.toml`. Widths and lengths in elements and tokens.

    Raises:
        InputError: an architecture, chat format or number that cannot be.
    """

    name: str
    title: str
    architecture: str
    layers: int
    width: int
    ff: int
    heads: int
    kv_heads: int
    head_width: int
    vocabulary: int
    context: int
    rope_base: float
    chat_format: str
    pre_tokenizer: str
    merges: int
    token_bytes: float
    published_bytes: int = 0
    tied: bool = True
    rope_width: int = 0
    rope_factors: int = 0
    window: int = 0
    window_period: int = 0
    shared_kv_layers: int = 0
    layer_input_width: int = 0
    types: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Checks what TOML cannot."""
        _one_of(self.name, "architecture", self.architecture, ARCHITECTURES)
        _one_of(self.name, "chat_format", self.chat_format, tuple(FORMATS))
        for key in ("layers", "width", "ff", "heads", "kv_heads", "head_width", "vocabulary", "context"):
            if getattr(self, key) < 1:
                raise InputError(f"{self.name}: {key} is {getattr(self, key)}; it must be at least 1.")
        if self.heads % self.kv_heads:
            raise InputError(f"{self.name}: {self.heads} heads cannot share {self.kv_heads} KV heads evenly.")
        if self.architecture == "gemma3n":
            self._check_gemma3n()

    def _check_gemma3n(self) -> None:
        """What llama.cpp fixes for the family (`src/models/gemma3n.cpp`, `src/llama-hparams.h`)."""
        if not (self.window and self.window_period):
            raise InputError(f"{self.name}: gemma3n needs window and window_period.")
        if self.layer_input_width != 256:
            raise InputError(f"{self.name}: llama.cpp takes a gemma3n's layer_input_width of 256 only.")
        if self.layers - self.shared_kv_layers != min(self.layers, 20):
            raise InputError(
                f"{self.name}: llama.cpp gives the first 20 layers of a gemma3n a cache, and shares the rest."
            )

    @property
    def q_width(self) -> int:
        """Columns of all query heads together."""
        return self.heads * self.head_width

    @property
    def kv_width(self) -> int:
        """Columns of all key (or value) heads of a layer together."""
        return self.kv_heads * self.head_width


def load_specs(path: Path = SPECS_FILE) -> dict[str, Spec]:
    """Every model of the file by name.

    Raises:
        InputError: not TOML, or a model with a missing, unknown or wrongly typed key; the message names both.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    return {name: _spec(path, name, table) for name, table in tables.items()}


def find_spec(name: str, path: Path = SPECS_FILE) -> Spec:
    """The model called `name`.

    Raises:
        InputError: there is none; the message lists those there are.
    """
    specs = load_specs(path)
    if name not in specs:
        raise InputError(f"No stand-in {name!r} in {path}; there are: {', '.join(specs)}.")
    return specs[name]


def _spec(path: Path, name: str, table: Any) -> Spec:
    where = f"{path}, [{name}]"
    if not isinstance(table, dict):
        raise InputError(f"{where}: wanted a table of keys, found {table!r}.")
    wanted = {f.name: f for f in fields(Spec) if f.name != "name"}
    if unknown := sorted(set(table) - set(wanted)):
        raise InputError(f"{where}: unknown key {', '.join(unknown)}; known: {', '.join(wanted)}.")
    needed = {key for key, f in wanted.items() if f.default is MISSING and f.default_factory is MISSING}
    if missing := sorted(needed - set(table)):
        raise InputError(f"{where}: missing key {', '.join(missing)}.")
    for key, value in table.items():
        _typed(where, key, value, str(wanted[key].type))
    return Spec(name=name, **table)


_KINDS: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "Mapping[str, str]": (dict,),
}


def _typed(where: str, key: str, value: object, kind: str) -> None:
    wrong = not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "bool")
    if wrong:
        raise InputError(f"{where}: {key} must be a {kind}, found {value!r}.")


def _one_of(name: str, key: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(f"{name}: {key} {value!r} is not known; known: {', '.join(known)}.")
