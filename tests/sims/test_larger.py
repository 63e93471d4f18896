"""What a smaller phone's run says of a larger one; and the picture of a run."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from sims.cgroup import Sample
from sims.larger import follows
from sims.report import TierResult, tier_result
from sims.telemetry import MemoryReport
from sims.tiers import find_phone, find_phones
from sims.timeline import svg
from sims.verdict import Outcome

MB = 1024**2
SMALL, LARGER, LARGEST = find_phones("tier1")


def _result(**values: object) -> TierResult:
    outcome = Outcome([], MemoryReport(peak_mb=400, need_mb=333, samples=9), 0)
    made = tier_result(SMALL, outcome, wanted_turns=0, unload_slack_mb=16, cpus=2, events="")
    return replace(made, **values)  # type: ignore[arg-type]


def test_a_larger_phone_of_the_tier_follows() -> None:
    assert follows(_result(), LARGER) == follows(_result(), LARGEST) == "follows from 333 MB needed on 2 GB"


@pytest.mark.parametrize(
    "values",
    [
        {"verdict": "thrashes"},
        {"verdict": "failed"},
        {"use_mmap": True},
        {"context": 4096},
        {"budget_mb": 9000},
        {"cpus": 8},
        {"peak_mb": 800},  # at the cap, whether a hit was counted or not
        {"limit_hits": 5},  # it had to give something back, and nobody knows how long it waited
        {"limit_hits": 5, "stall_share": 0.1},  # a low-RAM phone may wait so long, a larger one not
    ],
)
def test_what_is_not_sure_does_not_follow(values: dict[str, object]) -> None:
    assert follows(_result(**values), LARGER) == ""
    assert follows(_result(), find_phone("tier2")) == ""


def test_short_waits_at_the_cap_are_short_on_any_phone() -> None:
    assert follows(_result(limit_hits=5, stall_share=0.01), LARGER)


def test_the_picture_is_well_formed_and_names_what_befell_the_app() -> None:
    zero = dict.fromkeys(["peak", "swap", "limit_hits", "oom_kills", "refaults", "major_faults"], 0)
    samples = [Sample(t_s=n / 20, usage=n * MB, anonymous=n * MB // 2, file=n * MB // 3, **zero) for n in range(40)]
    events = [{"event": "loaded", "t_s": 0.5}, {"event": "trim", "level": 15, "t_s": 1.0}, {"event": "turn", "t_s": 1}]
    text = svg("tier1 <&>", samples, events, 819)
    words = [element.text for element in ElementTree.fromstring(text).iter() if element.text]
    assert "trim 15" in words and "loaded" in words and "819 MB" in words and "tier1 <&>" in words
    assert "no readings" in svg("x", samples[:1], [], 819)
