"""Layer 6: what the Interpreter's confidence is worth on the prompts, with a map that was fitted on validation rows."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from evals.calibration import Fit, Reliability, reliability
from evals.checks import Check, Verdict, rate_check
from release.line import Line


def confidence_checks(line: Line) -> Iterator[Check]:
    """`acted_action_accuracy` and the expected calibration error; both inform."""
    if line.confidence is None:
        return
    found = reliability(line.judgement("prompts").samples, line.confidence)
    if not found.n:
        return
    act = found.bands["act"]
    told = ", ".join(f"{name} {band.n} ({band.right:.3f} right)" for name, band in found.bands.items())
    yield rate_check(line.thresholds.rule("acted_action_accuracy"), round(act.right * act.n), act.n, told)
    note = f"{line.confidence.signal}, {line.confidence.method} map of {line.confidence.n} validation rows"
    yield Check("confidence_ece", "confidence", "interpreter", found.ece, found.n, None, None, None, Verdict.PASS, note)


def confidence_evidence(line: Line) -> Mapping[str, bytes]:
    """Release path → the figures of every signal, and the reliability diagram of the one that ships."""
    found = line.confidence_fits
    prompts = {fit.signal: reliability(line.judgement("prompts").samples, fit) for fit in found}
    figures = {fit.signal: {"fit": asdict(fit), "prompts": asdict(prompts[fit.signal])} for fit in found}
    told = {"ships": found[0].signal, "signals": figures}
    return {
        "evidence/confidence.json": json.dumps(told, indent=1, sort_keys=True).encode(),
        "evidence/confidence.svg": diagram(found[0], prompts[found[0].signal]),
    }


def diagram(fit: Fit, found: Reliability) -> bytes:
    """The reliability diagram as SVG, the same bytes for the same figures: share of right actions over confidence."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    with mpl.rc_context({"svg.hashsalt": "josi"}):
        figure, axes = pyplot.subplots(figsize=(5, 5))
        axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
        for one in found.bins:
            axes.plot([one.confidence] * 2, [one.lo, one.hi], color="C0", linewidth=1)
            axes.scatter(one.confidence, one.right, s=10 + one.n, color="C0", alpha=0.6)
        axes.set(
            title=f"{fit.signal}, {fit.method}: ECE {found.ece:.3f}", xlabel="confidence", ylabel="right actions",
            xlim=(0, 1), ylim=(0, 1),
        )  # fmt: skip
        out = io.BytesIO()
        figure.savefig(out, format="svg", bbox_inches="tight", metadata={"Date": None})
        pyplot.close(figure)
    return out.getvalue()
