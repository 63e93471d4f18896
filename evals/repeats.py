"""The same question under other conditions: what must not change a verdict, and sometimes does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from evals.run import RoleModel


def repeats(
    model: RoleModel,
    requantised: Path | None,
    library: Path,
    *,
    parallel: int,
    temperature: float,
    seeds: Sequence[int],
) -> Iterator[tuple[str, RoleModel]]:
    """Each repeat's name and what answers in it.

    Args: `requantised` is a file of the same model with other rounding errors (None: there is none), `library`
    another build of llama.cpp, `parallel` another batch size, `seeds` the draws at `temperature`.
    """
    if requantised:
        yield "requantised", replace(model, model=requantised)
    yield f"batches of {parallel}", _decoded(model, parallel=parallel)
    yield "other vector units", _decoded(model, library=library)
    for seed in seeds:
        yield f"temperature {temperature:g}, seed {seed}", _decoded(model, temperature=temperature, seed=seed)


def fragile(first: Mapping[str, bool], again: Mapping[str, Mapping[str, bool]]) -> dict[str, list[str]]:
    """Case -> the repeats in which its verdict is not that of the first run; a case that a repeat lost has flipped."""
    flips = {
        case: [name for name, run in again.items() if run.get(case) is not passed] for case, passed in first.items()
    }
    return {case: names for case, names in flips.items() if names}


def _decoded(model: RoleModel, **changes: object) -> RoleModel:
    return replace(model, decoding=replace(model.decoding, **changes))  # type: ignore[arg-type]
