"""One container's life: started, followed line by line, sampled throughout, removed whatever happens."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError

from sims.cgroup import PSI_CONTAINER, PSI_NONE, Group, Sample, find_group
from sims.container import remove
from sims.killer import pressure
from sims.quiet import Load, load_between, own_cpu_s, read_cpu
from sims.report import parse_event
from sims.telemetry import MB, Watch, page_size, summarise
from sims.tiers import SimPhone, load_killer
from sims.timeline import svg
from sims.verdict import Event, Outcome, chat_span, reloads


@dataclass(frozen=True)
class Lived:
    """What was seen of one container, and the host's load between the models' loading and the end (None: no end)."""

    outcome: Outcome
    load: Load | None


Heard = Callable[[Event, Watch | None], None]


def live(
    client: docker.DockerClient, settings: dict[str, Any], phone: SimPhone, record: Path, heard: Heard | None = None
) -> Lived:
    """Runs the container to its end; `record`.events.jsonl, .memory.jsonl and .svg keep what was seen.

    `heard` is told each event as it comes, with the watch that takes the samples.
    """
    container = None
    try:
        container = client.containers.create(**settings)
        container.start()
        return _follow(container, phone, record, heard)
    finally:
        if container is not None:
            remove(container)


def events_file(record: Path) -> Path:
    """Where a run's events are kept."""
    return record.with_name(f"{record.name}.events.jsonl")


def _follow(container: Any, phone: SimPhone, record: Path, heard: Heard | None) -> Lived:
    container.reload()
    group = _group(int(container.attrs["State"]["Pid"]))
    watch = Watch(group) if group else None
    alarm = _Alarm(container, phone.timeout_s)
    events: list[Event] = []
    samples: list[Sample] = []
    meter = _Meter()
    try:
        with events_file(record).open("w", encoding="utf-8") as log:
            for line in lines(container.logs(stream=True, follow=True, stderr=False)):
                log.write(line + "\n")
                log.flush()
                event = parse_event(line)
                if event is None:
                    continue
                events.append(event)
                meter.saw(event)
                if heard:
                    heard(event, watch)
                if event["event"] == "end":
                    samples = watch.stop() if watch else []  # while the group still exists; then the agent may go
                    _kill(container, "SIGTERM")
        code = int(container.wait()["StatusCode"])
    finally:
        alarm.cancel()
        samples = samples or (watch.stop() if watch else [])
    _keep(samples, events, phone, record)
    outcome = _outcome(container, phone, events, samples, code, group.psi if group else PSI_NONE)
    return Lived(replace(outcome, timed_out=alarm.rang), meter.load)


def _outcome(
    container: Any, phone: SimPhone, events: list[Event], samples: list[Sample], code: int, psi: str
) -> Outcome:
    container.reload()
    stderr = container.logs(stdout=False, tail=6).decode("utf-8", "replace").strip()
    rule = load_killer(phone.low_ram)
    return Outcome(
        events=events,
        memory=summarise(samples),
        exit_code=code,
        pressure=pressure(
            samples,
            rule,
            cap_bytes=phone.budget_mb * MB,
            own_stalls=psi == PSI_CONTAINER,
            reloads=reloads(events),
            page_size=page_size(),
        ),
        rule=rule,
        psi=psi,
        chat_stall=_chat_stall(events, samples),
        docker_oom=bool(container.attrs["State"]["OOMKilled"]),
        stderr=" | ".join(stderr.splitlines()),
    )


def _chat_stall(events: Sequence[Event], samples: Sequence[Sample]) -> float | None:
    """Share of the chat's time in which some task waited for memory."""
    span = chat_span(events)
    inside = [s for s in samples if span and span[0] <= s.t_s <= span[1] and s.some_us is not None]
    if len(inside) < 2:
        return None
    stalled = (inside[-1].some_us or 0) - (inside[0].some_us or 0)
    return stalled / 1e6 / (inside[-1].t_s - inside[0].t_s)


def _group(pid: int) -> Group | None:
    """None where the process is not on this machine, or gone already: the verdict then says that memory is unknown."""
    try:
        return find_group(pid) if pid else None
    except FileNotFoundError:
        return None


class _Meter:
    """The host's load from the moment that the models are loaded to the agent's end."""

    def __init__(self) -> None:
        self.load: Load | None = None

    def saw(self, event: Event) -> None:
        if event["event"] == "loaded":
            self._before, self._own = read_cpu(), own_cpu_s()
            self._phone = float(event["cpu_total_s"])
        elif event["event"] == "end" and hasattr(self, "_before"):
            used = own_cpu_s() - self._own + float(event["cpu_total_s"]) - self._phone
            self.load = load_between(self._before, read_cpu(), used)


class _Alarm:
    """Kills a container that does not end in time."""

    def __init__(self, container: Any, seconds: float) -> None:
        self.rang = False
        self._container = container
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        self._timer.cancel()

    def _ring(self) -> None:
        self.rang = True
        _kill(self._container, "SIGKILL")


def _kill(container: Any, signal_name: str) -> None:
    try:
        container.kill(signal=signal_name)
    except APIError as error:
        if error.status_code not in (404, 409):  # gone, or not running any more
            raise


def lines(chunks: Iterator[bytes]) -> Iterator[str]:
    """Whole lines out of a stream that is cut anywhere."""
    held = b""
    for chunk in chunks:
        *whole, held = (held + chunk).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in whole)
    if held:
        yield held.decode("utf-8", "replace")


def _keep(samples: Sequence[Sample], events: Sequence[Event], phone: SimPhone, record: Path) -> None:
    picture = svg(f"{phone.name}, {phone.configuration}", samples, events, phone.budget_mb)
    record.with_name(f"{record.name}.svg").write_text(picture, encoding="utf-8")
    path = record.with_name(f"{record.name}.memory.jsonl")
    path.write_text("".join(json.dumps(asdict(s)) + "\n" for s in samples), encoding="utf-8")
