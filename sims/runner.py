"""One phone, one run: stage the files, live an app's life in a capped container, judge it, leave nothing."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, DockerException
from requests.exceptions import RequestException

from line.errors import InputError, StageError
from sims.container import Place, options, remove, remove_stale
from sims.engine import ensure, host_lock
from sims.image import ensure_image
from sims.job import Job, Turn, check_turns, load_turns
from sims.reaper import reaper
from sims.report import Event, Outcome, TierResult, parse_event, tier_result
from sims.staging import open_to_all, stage_code, stage_models
from sims.telemetry import MemoryReport, Sample, Watch, find_reader, summarise
from sims.tiers import Tier, find_tier, load_limits

_MODEL_FIELDS = {
    "lora_swap": ("base", "interpreter_adapter", "explainer_adapter"),
    "sequential": ("interpreter", "explainer"),
    "resident": ("interpreter", "explainer"),
}


@dataclass(frozen=True)
class TierModels:
    """What a configuration loads: base and adapters for `lora_swap`, else a GGUF a role; a GBNF always."""

    grammar: Path
    interpreter: Path | None = None
    explainer: Path | None = None
    base: Path | None = None
    interpreter_adapter: Path | None = None
    explainer_adapter: Path | None = None

    def needed(self, configuration: str) -> dict[str, Path]:
        """The files by field name that `configuration` uses.

        Raises:
            InputError: one is not given.
        """
        files: dict[str, Path] = {"grammar": self.grammar}
        for name in _MODEL_FIELDS[configuration]:
            path = getattr(self, name)
            if path is None:
                raise InputError(f"The configuration {configuration} needs a file for `{name}`, and none is given.")
            files[name] = path
        return files


@dataclass
class Phones:
    """All tiers on one release's files; each tier is run once, when its result is first asked for."""

    models: TierModels
    out: Path
    turns: Sequence[Turn] | None = None
    results: dict[str, TierResult] = field(default_factory=dict)

    def result(self, tier: str) -> TierResult:
        """The tier's result (raises as `run_tier`)."""
        if tier not in self.results:
            self.results[tier] = run_tier(tier, self.models, turns=self.turns, out=self.out)
        return self.results[tier]


def run_tier(tier: str | Tier, models: TierModels, *, turns: Sequence[Turn] | None = None, out: Path) -> TierResult:
    """Runs chat turns on one simulated phone; result, events and memory timeline are written under `out`.

    A model that does not fit is a result (`verdict` is not "fits"), not an exception.

    Raises:
        InputError: a model file is missing, or the tier is unknown.
        MissingError: Docker, mmdebstrap or llama.cpp is not here.
        StageError: the image or the container could not be made.
    """
    phone = find_tier(tier) if isinstance(tier, str) else tier
    lived = check_turns(load_turns() if turns is None else turns)
    files = models.needed(phone.configuration)
    out.mkdir(parents=True, exist_ok=True)
    limits = load_limits()
    try:
        client = ensure()
        image = ensure_image(client)
        cpus = min(phone.cpus, int(client.info()["NCPU"]))
        with host_lock("phones"), _place(out) as place:
            remove_stale(client)
            _stage(place, phone, files, lived, cpus)
            settings = options(image, place, phone, limits, cpus)
            outcome = _live(client, settings, phone, out)
    except (DockerException, RequestException) as error:
        raise StageError(f"Docker could not run the {phone.name} phone: {error}") from error
    result = tier_result(
        phone,
        outcome,
        wanted_turns=len(lived),
        min_refault_mb=limits.min_refault_mb,
        cpus=cpus,
        events=str(_events_file(out, phone)),
    )
    (out / f"{phone.name}.json").write_text(result.to_json(), encoding="utf-8")
    return result


@contextmanager
def _place(out: Path) -> Iterator[Place]:
    """A folder for the run beside its results (most likely a disk; /tmp may be memory), always removed."""
    folder = Path(tempfile.mkdtemp(prefix=".phone-", dir=out))
    place = Place(folder, uuid.uuid4().hex[:12])
    with reaper(place.run_id, folder):
        try:
            yield place
        finally:
            shutil.rmtree(folder)


def _stage(place: Place, tier: Tier, files: dict[str, Path], turns: tuple[Turn, ...], cpus: int) -> None:
    limits = load_limits()
    place.app.mkdir()
    place.job.mkdir()
    try:
        stage_code(place.app)
    except OSError as error:
        raise StageError(f"The phone's code could not be copied to {place.app}: {error}") from error
    names = stage_models(files.values(), place.job)
    job = Job(
        configuration=tier.configuration,
        context=tier.context,
        threads=cpus,
        use_mmap=tier.use_mmap,
        interpreter_max_tokens=limits.interpreter_max_tokens,
        explainer_max_tokens=limits.explainer_max_tokens,
        deadline_s=tier.timeout_s + 30,  # after the host's own time-out, for when there is no host any more
        turns=turns,
        **{name: names[path] for name, path in files.items()},
    )
    (place.job / "job.json").write_text(job.to_json(), encoding="utf-8")
    open_to_all(place.folder)


def _live(client: docker.DockerClient, settings: dict[str, Any], tier: Tier, out: Path) -> Outcome:
    container = None
    try:
        container = client.containers.create(**settings)
        container.start()
        return _watch(container, tier, out)
    finally:
        if container is not None:
            remove(container)


def _watch(container: Any, tier: Tier, out: Path) -> Outcome:
    container.reload()
    pid = int(container.attrs["State"]["Pid"])
    watch = _memory_watch(pid)
    alarm = _Alarm(container, tier.timeout_s)
    events: list[Event] = []
    samples: list[Sample] = []
    try:
        with _events_file(out, tier).open("w", encoding="utf-8") as log:
            for line in _lines(container.logs(stream=True, follow=True, stderr=False)):
                log.write(line + "\n")
                log.flush()
                event = parse_event(line)
                if event:
                    events.append(event)
                if event and event["event"] == "end" and watch:
                    samples = watch.stop()  # while the group still exists; then the agent may go
                    _kill(container, "SIGTERM")
        code = int(container.wait()["StatusCode"])
    finally:
        alarm.cancel()
        samples = samples or (watch.stop() if watch else [])
    container.reload()
    stderr = container.logs(stdout=False, tail=6).decode("utf-8", "replace").strip()
    return Outcome(
        events=events,
        memory=_remember(samples, out / f"{tier.name}.memory.jsonl"),
        exit_code=code,
        docker_oom=bool(container.attrs["State"]["OOMKilled"]),
        timed_out=alarm.rang,
        stderr=" | ".join(stderr.splitlines()),
    )


def _memory_watch(pid: int) -> Watch | None:
    """None where the process is not on this machine, or gone already: the verdict then says that memory is unknown."""
    try:
        return Watch(find_reader(pid)) if pid else None
    except FileNotFoundError:
        return None


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


def _lines(chunks: Iterator[bytes]) -> Iterator[str]:
    """Whole lines out of a stream that is cut anywhere."""
    held = b""
    for chunk in chunks:
        *whole, held = (held + chunk).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in whole)
    if held:
        yield held.decode("utf-8", "replace")


def _remember(samples: list[Sample], path: Path) -> MemoryReport:
    path.write_text("".join(json.dumps(asdict(s)) + "\n" for s in samples), encoding="utf-8")
    return summarise(samples)


def _events_file(out: Path, tier: Tier) -> Path:
    return out / f"{tier.name}.events.jsonl"
