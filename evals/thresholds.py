"""Reads `thresholds.toml`: the rules that checks are held to."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from line.errors import InputError

DEFAULT_FILE = Path(__file__).with_name("thresholds.toml")
_RULE_KEYS = {"role", "layer", "kind", "threshold", "min_n", "required", "margin", "quantising", "scale"}
_ROLES = ("interpreter", "explainer", "both")


@dataclass(frozen=True)
class Rule:
    """One named rule; see the head of thresholds.toml for what each field means."""

    name: str
    layer: str
    role: str
    kind: str = "rate"
    threshold: float | None = None
    min_n: int = 1
    required: bool = False
    margin: float | None = None
    quantising: float | None = None
    scale: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class Thresholds:
    """All rules by name, the family-wise error rate of the comparisons, and the per-sample score bars."""

    rules: Mapping[str, Rule]
    alpha: float
    sample: Mapping[str, float]

    def rule(self, name: str) -> Rule:
        """Raises: InputError when the file has no such rule."""
        try:
            return self.rules[name]
        except KeyError:
            raise InputError(f"thresholds: no rule [rule.{name}]; add it, or take the default file") from None

    def required(self, *roles: str) -> list[Rule]:
        """The required rules of these roles (all roles when none is named)."""
        return [rule for rule in self.rules.values() if rule.required and (not roles or rule.role in roles)]


def load(path: Path = DEFAULT_FILE) -> Thresholds:
    """Read and check a thresholds file. Raises: InputError naming the file, the rule and the key."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: cannot be read as TOML: {error}") from error
    rules = {name: _rule(path, name, entry) for name, entry in _table(path, "rule", table).items()}
    alpha = _number(path, "meta.alpha", _table(path, "meta", table).get("alpha"), 0.0, 1.0)
    sample = {
        name: _number(path, f"sample.{name}", _table(path, "sample", table).get(name), 1.0, 5.0)
        for name in ("warmth", "brevity")
    }
    return Thresholds(rules, alpha, sample)


def _rule(path: Path, name: str, entry: Any) -> Rule:
    where = f"rule.{name}"
    if not isinstance(entry, dict):
        raise InputError(f"{path}: {where} is no table")
    if unknown := sorted(set(entry) - _RULE_KEYS):
        raise InputError(f"{path}: {where} has unknown keys {unknown}; known are {sorted(_RULE_KEYS)}")
    if entry.get("role") not in _ROLES or not isinstance(entry.get("layer"), str):
        raise InputError(f"{path}: {where} needs a layer and a role out of {', '.join(_ROLES)}")
    if entry.get("kind") not in ("rate", "mean"):
        raise InputError(f'{path}: {where}.kind must be "rate" or "mean"')
    scale = _scale(path, where, entry)
    return Rule(
        name,
        entry["layer"],
        entry["role"],
        entry["kind"],
        _optional(path, f"{where}.threshold", entry.get("threshold"), *scale),
        int(_number(path, f"{where}.min_n", entry.get("min_n", 1), 1, 10**9)),
        entry.get("required", False) is True,
        _optional(path, f"{where}.margin", entry.get("margin"), 0.0, scale[1] - scale[0]),
        _optional(path, f"{where}.quantising", entry.get("quantising"), 0.0, scale[1] - scale[0]),
        scale,
    )


def _scale(path: Path, where: str, entry: Mapping[str, Any]) -> tuple[float, float]:
    if entry["kind"] == "rate":
        return (0.0, 1.0)
    ends = entry.get("scale")
    if not isinstance(ends, list) or len(ends) != 2:
        raise InputError(f"{path}: {where} is a mean and needs scale = [lowest, highest]")
    lowest, highest = (_number(path, f"{where}.scale", end, -1e9, 1e9) for end in ends)
    if lowest >= highest:
        raise InputError(f"{path}: {where}.scale runs from {lowest} to {highest}")
    return (lowest, highest)


def _table(path: Path, key: str, table: Mapping[str, Any]) -> dict[str, Any]:
    entry = table.get(key)
    if not isinstance(entry, dict):
        raise InputError(f"{path}: the table [{key}] is missing")
    return entry


def _optional(path: Path, where: str, value: Any, lo: float, hi: float) -> float | None:
    return None if value is None else _number(path, where, value, lo, hi)


def _number(path: Path, where: str, value: Any, lo: float, hi: float) -> float:
    # A bool is an int in Python; `threshold = true` must not become 1.0.
    if isinstance(value, bool) or not isinstance(value, int | float) or not lo <= value <= hi:
        raise InputError(f"{path}: {where} = {value!r}, must be a number from {lo:g} to {hi:g}")
    return float(value)
