"""Projections held to published figures that they never saw; the documented errors are these."""

from dataclasses import replace

from sims.fit import load_published
from sims.validation import Checked, validate

ROWS = validate(load_published())


def errors(engine: str, what: str, held_out: str) -> list[float]:
    return [abs(r.error_percent) for r in ROWS if (r.engine, r.what, r.held_out) == (engine, what, held_out)]


def test_a_models_rate_follows_from_other_models_on_the_phone() -> None:
    decode, prefill = errors("ExecuTorch", "decode tok/s", "model"), errors("ExecuTorch", "prefill tok/s", "model")
    assert len(decode) == 12 and max(decode) < 17
    assert len(prefill) == 6 and max(prefill) < 3


def test_a_phones_rate_follows_from_other_phones() -> None:
    found = errors("ExecuTorch", "decode tok/s", "device")
    assert len(found) == 10 and max(found) < 15


def test_another_engine_is_far_off_and_still_in_the_band() -> None:
    found = errors("LiteRT", "decode tok/s", "device")
    assert len(found) == 2 and min(found) > 50


def test_every_figure_lies_in_its_band() -> None:
    assert [row for row in ROWS if not row.within_band] == []


def test_no_projection_saw_its_figure() -> None:
    """A figure that is made ten times as large moves no projection of itself."""
    figures = list(load_published())
    for at, figure in enumerate(figures):
        wrong = replace(figure, decode_tps=(figure.decode_tps or 0) * 10)
        again = validate([*figures[:at], wrong, *figures[at + 1 :]])

        def own(rows: list[Checked], label: str = figure.label, device: str = figure.device) -> list[float]:
            return [r.projected for r in rows if (r.label, r.device) == (label, device) and "decode" in r.what]

        assert own(again) == own(ROWS)
