"""Tier detection beyond the vectors: what holds for every phone, and what no phone reports."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josi.device_tier import TIERS, UNSUPPORTED, detect, nominal_gb
from josi.errors import ContractError
from josi.protocol import PURE_SUITES, serve

GB = 1024**3
SOLD = (2, 3, 4, 6, 8, 12, 16, 24)
RANK = {name: rank for rank, name in enumerate((UNSUPPORTED, *TIERS))}
rams = st.integers(64 * 1024**2, 32 * GB)
classes = st.none() | st.integers(1, 1024)


@pytest.mark.parametrize("sold", SOLD)
@given(percent=st.integers(80, 100))
def test_a_phone_is_taken_for_the_size_that_it_was_sold_with(sold: int, percent: int) -> None:
    assert nominal_gb(-(-sold * GB * percent // 100)) == sold


@given(ram=rams, more=st.integers(0, 8 * GB), low=st.booleans(), one=classes, large=classes)
def test_more_memory_never_lowers_the_tier(ram: int, more: int, low: bool, one: int | None, large: int | None) -> None:
    flags: dict[str, Any] = {"low_ram": low, "memory_class_mb": one, "large_memory_class_mb": large}
    assert RANK[detect(ram, **flags).tier] <= RANK[detect(ram + more, **flags).tier]


@given(ram=rams, one=classes, large=classes)
def test_flag_and_classes_only_lower(ram: int, one: int | None, large: int | None) -> None:
    free = detect(ram)
    held = detect(ram, low_ram=True, memory_class_mb=one, large_memory_class_mb=large)
    assert RANK[held.tier] <= min(RANK[free.tier], RANK["tier1"])
    assert RANK[detect(ram, memory_class_mb=one, large_memory_class_mb=large).tier] <= RANK[free.tier]
    assert held.nominal_gb == free.nominal_gb


@pytest.mark.parametrize(
    "reading",
    [
        0,
        -1,
        3640,
        3640 * 1024,
        1024**4 + 1,
        pytest.param(10**5000, id="huge"),
        3.5e9 + 0.5,
        float("nan"),
        float("inf"),
        1e308,
    ],
)
def test_no_phone_reports_that(reading: Any) -> None:
    """MB or kB in place of bytes must not pass for a tiny phone."""
    with pytest.raises(ContractError, match="total_ram_bytes"):
        detect(reading)


@pytest.mark.parametrize("reading", [None, True, False, "4096", "", [4 * GB], {}, b"1"])
def test_what_is_no_number_is_refused(reading: Any) -> None:
    with pytest.raises(ContractError, match="whole number"):
        detect(reading)


@pytest.mark.parametrize(
    "fields",
    [
        {"low_ram": 1},
        {"low_ram": "false"},
        {"memory_class_mb": 0},
        {"memory_class_mb": -256},
        {"memory_class_mb": True},
        {"memory_class_mb": 192.5},
        {"large_memory_class_mb": "512"},
        {"large_memory_class_mb": 512 * 1024 * 1024},
    ],
)
def test_a_bad_flag_or_class_is_named(fields: dict[str, Any]) -> None:
    with pytest.raises(ContractError, match=next(iter(fields))):
        detect(4 * GB, **fields)


def test_the_reason_is_for_a_person() -> None:
    assert detect(3640 * 1024**2).reason == "tier2: a 4 GB phone (3640 MB reported)"
    assert "low-RAM flag" in detect(4 * GB, low_ram=True).reason
    assert "memory class of 96 MB" in detect(8 * GB, memory_class_mb=96).reason
    assert detect(GB).reason == "unsupported: a phone below 2 GB (1024 MB reported)"


@pytest.mark.parametrize(
    "line", ['{"id": 1}', '{"id": 1, "total_ram_bytes": "x"}', '{"id": 1, "total_ram_bytes": null}']
)
def test_a_bad_line_is_answered_with_an_error(line: str) -> None:
    out = io.StringIO()
    assert serve([line], PURE_SUITES["device_tier"], out) == 1
    assert "total_ram_bytes" in json.loads(out.getvalue())["error"]
