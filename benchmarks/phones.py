"""What measuring a phone costs: tokens a second with all readings against plain llama.cpp, in one container.

    python benchmarks/phones.py                    # the release's Explainer on the tier 1 phone, about 4 minutes
    python benchmarks/phones.py --model FILE.gguf

Pairs of segments with the same prompts and the same tokens, each pair in the other order than the last: `plain` is
llama_decode and an argmax; `measured` is the agent's own chat with its events, while the host reads the control group
every 50 ms. The figure is the median of the pairs' ratios, with the 95 % percentile bootstrap of that median.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from rich.console import Console

from line.paths import out_dir
from release.line import Line
from release.settings import load_settings
from sims.container import PLAIN, options, remove_stale
from sims.engine import ensure, host_lock
from sims.image import ensure_image
from sims.life import chat_only, load_turns
from sims.live import Lived, live
from sims.place import place_for, stage
from sims.quiet import require_quiet
from sims.runner import job_for
from sims.telemetry import Watch
from sims.tiers import SimPhone, find_phone, load_limits, load_timing
from sims.verdict import Event

LIMIT = 2.0  # percent
_TOKENS = 48  # an answer
_DRAWS = 10_000


def main() -> None:
    """Runs the pairs and prints the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a GGUF in place of the release's Explainer")
    parser.add_argument("--tier", default="tier1")
    asked = parser.parse_args()
    phone, line = find_phone(asked.tier), Line(load_settings())
    require_quiet(load_timing())
    lived = run(phone, asked.model or line.gguf("explainer"), line.grammar, out_dir() / "overhead")
    if lived.outcome.exit_code or lived.load is None:
        raise SystemExit(f"the phone ended with code {lived.outcome.exit_code}: {lived.outcome.stderr}")
    found = overhead(lived.outcome.events)
    found |= {"samples": lived.outcome.memory.samples, "load": str(lived.load)}
    found |= {"quiet": not lived.load.too_much(load_timing())}
    Console().print_json(json.dumps(found))


def run(phone: SimPhone, model: Path, grammar: Path, out: Path) -> Lived:
    """One container in which both ways take turns."""
    out.mkdir(parents=True, exist_ok=True)
    client = ensure()
    image = ensure_image(client)
    turns = [turn for turn in load_turns() if turn.chat_context is None]
    with host_lock("phones"), place_for(out) as place:
        remove_stale(client)
        stage(place, {"explainer": model, "grammar": grammar}, job_for(phone, chat_only(turns), _TOKENS))
        settings = options(image, place, phone, load_limits(), phone.budget_mb, PLAIN)
        return live(client, settings, phone, out / phone.name, _sampled_while_measured)


def overhead(events: list[Event]) -> dict[str, object]:
    """Tokens a second of both ways, and by how many percent measuring slows down (median of pairs, 95 % interval)."""
    took = {kind: [e for e in events if e["event"] == "took" and e["kind"] == kind] for kind in ("plain", "measured")}
    rates = {kind: np.array([e["tokens"] / e["seconds"] for e in found]) for kind, found in took.items()}
    tokens = {kind: [e["tokens"] for e in found] for kind, found in took.items()}
    if tokens["plain"] != tokens["measured"]:
        raise SystemExit(f"the two ways wrote different answers: {tokens}")
    lost = 100 * (1 - rates["measured"] / rates["plain"])
    draws = np.random.default_rng(0).choice(lost, size=(_DRAWS, len(lost)))
    low, high = np.quantile(np.median(draws, axis=1), (0.025, 0.975))
    shown: dict[str, object] = {f"{kind}_tps": round(float(np.median(found)), 2) for kind, found in rates.items()}
    verdict = "PASS" if high < LIMIT else "FAIL" if low > LIMIT else "UNDECIDED"
    interval = [round(float(v), 2) for v in (low, high)]
    shown["verdict"] = f"{verdict} (under {LIMIT} %)"
    return {**shown, "overhead_percent": round(float(np.median(lost)), 2), "interval": interval, "pairs": len(lost)}


def _sampled_while_measured(event: Event, watch: Watch | None) -> None:
    if watch and event["event"] == "segment":
        (watch.resume if event["kind"] == "measured" else watch.pause)()


if __name__ == "__main__":
    main()
