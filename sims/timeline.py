"""A run's memory over time as a small SVG: what is anonymous, mapped and cached, under the budget's line. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from sims.cgroup import Sample
from sims.verdict import Event

_WIDTH, _HEIGHT, _LEFT, _TOP = 900, 260, 60, 30
_MB = 1024 * 1024
# Stacked from below: what could not be given back first.
_LAYERS = (("anonymous", "#3b6ea5"), ("mapped", "#7fa8d1"), ("page cache", "#d5e3f0"))


def svg(title: str, samples: Sequence[Sample], events: Sequence[Event], budget_mb: float) -> str:
    """The picture as SVG text; a mark and a name for whatever an app's life brought but its turns."""
    if len(samples) < 2:
        return f'<svg xmlns="http://www.w3.org/2000/svg"><text y="20">{escape(title)}: no readings</text></svg>\n'
    start, span = samples[0].t_s, samples[-1].t_s - samples[0].t_s or 1.0
    top = 1.05 * max(budget_mb, max(s.usage for s in samples) / _MB)

    def x(t_s: float) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - 10) * (t_s - start) / span, 1)

    def y(mb: float) -> float:
        return round(_TOP + (_HEIGHT - _TOP - 30) * (1 - mb / top), 1)

    stacks = [_stack(sample) for sample in samples]
    parts = [f'<text x="{_LEFT}" y="16" font-weight="bold">{escape(title)}</text>']
    for layer in reversed(range(len(_LAYERS))):
        line = [(x(s.t_s), y(stack[layer])) for s, stack in zip(samples, stacks, strict=True)]
        parts.append(_area(line, y(0), _LAYERS[layer][1]))
    parts.append(f'<path d="M{_LEFT} {y(budget_mb)}H{_WIDTH - 10}" stroke="#b3261e" stroke-dasharray="6 3"/>')
    parts.append(f'<text x="4" y="{y(budget_mb) + 4}" fill="#b3261e">{budget_mb:.0f} MB</text>')
    parts += [_mark(x(float(e["t_s"])), name) for e, name in _named(events)]
    parts += [_key(at, name, colour) for at, (name, colour) in enumerate(_LAYERS)]
    parts.append(f'<text x="{_WIDTH - 60}" y="{_HEIGHT - 6}">{span:.0f} s</text>')
    body = "\n".join(parts)
    frame = (
        f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="11"'
    )
    return f"<svg {frame}>\n{body}\n</svg>\n"


def _stack(sample: Sample) -> tuple[float, float, float]:
    """Upper edges of the layers in MB."""
    anonymous, mapped = sample.anonymous / _MB, sample.mapped / _MB
    return anonymous, anonymous + mapped, max(anonymous + mapped, (sample.anonymous + sample.file) / _MB)


def _named(events: Sequence[Event]) -> Iterable[tuple[Event, str]]:
    for event in events:
        if event["event"] in ("background", "trim"):
            yield event, f"{event['event']} {event['level']}"
        elif event["event"] in ("loaded", "return", "unload"):
            yield event, event["event"]


def _area(line: Sequence[tuple[float, float]], floor: float, colour: str) -> str:
    points = " ".join(f"{x},{y}" for x, y in [(line[0][0], floor), *line, (line[-1][0], floor)])
    return f'<polygon points="{points}" fill="{colour}"/>'


def _mark(x: float, name: str) -> str:
    text = (
        f'<text x="{x + 3}" y="{_TOP + 8}" transform="rotate(90 {x + 3} {_TOP + 8})" fill="#555">{escape(name)}</text>'
    )
    return f'<path d="M{x} {_TOP}V{_HEIGHT - 30}" stroke="#555" stroke-width="0.5"/>{text}'


def _key(at: int, name: str, colour: str) -> str:
    left = _LEFT + 130 * at
    box = (
        f'<rect x="{left}" y="{_HEIGHT - 16}" width="10" height="10" fill="{colour}" stroke="#555" stroke-width="0.3"/>'
    )
    return f'{box}<text x="{left + 14}" y="{_HEIGHT - 7}">{name}</text>'
