"""How sure the Interpreter is, made into a probability that it is right; and how well that probability holds.

Two signals say how sure it is: `certainty`, the probability that the model gave to the action (see `evals.certainty`),
and `written`, the confidence that it writes itself. A map from signal to share of right actions is fitted on validation
rows, by logistic scaling (Platt 1999, on the logit; with slope only it is temperature scaling, Guo et al., ICML 2017)
or isotonic regression (Zadrozny and Elkan, KDD 2002), whichever has the lower cross-validated log loss; so has the
signal that ships. The map is a list of knots with straight lines between, which any app can port.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from evals.interpreter_layers import parse_decision
from evals.predictions import Sample
from evals.stats import wilson
from josi.confidence import ACT_ABOVE, CLARIFY_BELOW, Knots, calibrated, gate

SIGNALS = ("certainty", "written")
FOLDS = 10
BINS = 10
_EDGE = 1e-6  # a probability of 0 or 1 has no logit
_LOGITS = np.linspace(-6, 12, 37)  # where the logistic map gets its knots: 0.0025 … 0.999994
_RIDGE = 1e-2  # pulls slope to 1 and offset to 0; keeps the fit finite where every row is right

Floats = NDArray[np.float64]
Map = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Fit:
    """A map from a signal to confidence. log_loss: cross-validated, nats a sample; plain_log_loss: of the signal
    itself; auroc: the chance that a right answer has more of the signal than a wrong one."""

    signal: str
    method: str
    knots: Knots
    n: int
    log_loss: float
    plain_log_loss: float
    auroc: float


@dataclass(frozen=True)
class Bin:
    """Answers of like confidence: their mean confidence, the share that is right, with its Wilson interval."""

    least: float
    most: float
    n: int
    confidence: float
    right: float
    lo: float
    hi: float


@dataclass(frozen=True)
class Reliability:
    """What confidence is worth on one set. ece: expected calibration error over `BINS` bins of equal width
    (Naeini et al., AAAI 2015); bands: behaviour of the gate → the answers it treats so."""

    n: int
    ece: float
    bins: Sequence[Bin]
    bands: Mapping[str, Bin]


def signal_of(sample: Sample, signal: str) -> float | None:
    """The signal's value for a sample, 0…1; None where the model did not give it."""
    if signal == "certainty":
        return sample.certainty
    written = (parse_decision(sample.raw) or {}).get("confidence")
    return float(written) if isinstance(written, int | float) and not isinstance(written, bool) else None


def fits(samples: Sequence[Sample]) -> list[Fit]:
    """A fit for each signal that all labelled samples have, best first; [] where none has."""
    labelled = [s for s in samples if "action_accuracy" in s.outcomes and s.stop == "eos"]
    found = []
    for signal in SIGNALS:
        values = [signal_of(sample, signal) for sample in labelled]
        if len(values) >= FOLDS and None not in values:
            right = [sample.outcomes["action_accuracy"] for sample in labelled]
            found.append(fit(signal, np.array(values, dtype=np.float64), np.array(right, dtype=np.float64)))
    return sorted(found, key=lambda one: one.log_loss)


def fit(signal: str, values: Floats, right: Floats) -> Fit:
    """The better of the two maps for values in 0…1 against 0 (wrong) and 1 (right)."""
    losses = {name: _cross_validated(make, values, right) for name, make in _METHODS.items()}
    method = min(losses, key=lambda name: losses[name])
    return Fit(
        signal, method, _knots(_METHODS[method](values, right), method, values), len(values), round(losses[method], 5),
        round(_log_loss(values, right), 5), round(auroc(values, right), 4),
    )  # fmt: skip


def reliability(samples: Sequence[Sample], chosen: Fit) -> Reliability:
    """How well the confidence that a fit gives holds on labelled samples."""
    pairs = [
        (calibrated(value, chosen.knots), sample.outcomes["action_accuracy"])
        for sample in samples
        if "action_accuracy" in sample.outcomes and (value := signal_of(sample, chosen.signal)) is not None
    ]
    bins = [_bin(at / BINS, (at + 1) / BINS, [p for p in pairs if _place(p[0]) == at]) for at in range(BINS)]
    bins = [one for one in bins if one.n]
    ece = sum(one.n * abs(one.right - one.confidence) for one in bins) / max(1, len(pairs))
    bands = {
        name: _bin(least, most, [pair for pair in pairs if gate(pair[0]) == name])
        for name, least, most in (
            ("act", ACT_ABOVE, 1.0),
            ("check", CLARIFY_BELOW, ACT_ABOVE),
            ("clarify", 0.0, CLARIFY_BELOW),
        )
    }
    return Reliability(len(pairs), round(ece, 4), bins, bands)


def as_json(chosen: Fit) -> bytes:
    """The map as the release ships it (`confidence.json`)."""
    return json.dumps(asdict(chosen), indent=1, sort_keys=True).encode() + b"\n"


def auroc(values: Floats, right: Floats) -> float:
    """The area under the receiver operating characteristic: Mann and Whitney's U over n·m, ties half; 0.5 where
    nothing is wrong or nothing right."""
    good, bad = values[right > 0.5], values[right <= 0.5]
    if not good.size or not bad.size:
        return 0.5
    above = (good[:, None] > bad[None, :]).sum() + 0.5 * (good[:, None] == bad[None, :]).sum()
    return float(above / (good.size * bad.size))


def _logistic(values: Floats, right: Floats) -> Map:
    from scipy.optimize import minimize

    x = _logit(values)

    def loss(at: Floats) -> float:
        slope, offset = math.exp(at[0]), at[1]  # the exponent keeps the map rising
        z = slope * x + offset
        told = np.logaddexp(0, -z) * right + np.logaddexp(0, z) * (1 - right)
        return float(told.sum() + _RIDGE * (at[0] ** 2 + at[1] ** 2))

    slope, offset = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    return lambda new: _sigmoid(math.exp(slope) * _logit(new) + offset)


def _isotonic(values: Floats, right: Floats) -> Map:
    """Each level smoothed by one right and one wrong answer more (Laplace), so that none is certain."""
    from scipy.optimize import isotonic_regression

    levels, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    shares = np.bincount(where, weights=right) / counts
    steps = isotonic_regression(shares, weights=counts).x
    weight = np.array([counts[steps == step].sum() for step in steps])
    smooth = np.maximum.accumulate((steps * weight + 1) / (weight + 2))
    return lambda new: np.interp(new, levels, smooth)


_METHODS: Mapping[str, Callable[[Floats, Floats], Map]] = {"logistic": _logistic, "isotonic": _isotonic}


def _knots(map_: Map, method: str, values: Floats) -> Knots:
    at = np.unique(values) if method == "isotonic" else np.concatenate([[0.0], _sigmoid(_LOGITS), [1.0]])
    return tuple((round(float(x), 8), round(float(y), 6)) for x, y in zip(at, map_(at), strict=True))


def _cross_validated(make: Callable[[Floats, Floats], Map], values: Floats, right: Floats) -> float:
    fold = np.arange(len(values)) % FOLDS
    told = np.empty(len(values))
    for number in range(FOLDS):
        held = fold == number
        told[held] = make(values[~held], right[~held])(values[held])
    return _log_loss(told, right)


def _log_loss(told: Floats, right: Floats) -> float:
    told = np.clip(told, _EDGE, 1 - _EDGE)
    return float(-(right * np.log(told) + (1 - right) * np.log(1 - told)).mean())


def _logit(values: Floats) -> Floats:
    values = np.clip(values, _EDGE, 1 - _EDGE)
    return np.log(values / (1 - values))


def _sigmoid(values: Floats) -> Floats:
    return 1 / (1 + np.exp(-values))


def _place(confidence: float) -> int:
    return min(BINS - 1, int(confidence * BINS))


def _bin(least: float, most: float, pairs: Sequence[tuple[float, bool]]) -> Bin:
    n, right = len(pairs), sum(good for _, good in pairs)
    interval = wilson(right, n)
    mean = sum(told for told, _ in pairs) / n if n else 0.0
    return Bin(least, most, n, round(mean, 4), round(right / n, 4) if n else 0.0, interval.lo, interval.hi)
