"""One phone, one run: stage the files, live an app's life in a capped container, judge it, leave nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import docker
import psutil
from docker.errors import DockerException
from requests.exceptions import RequestException

from line.errors import InputError, StageError
from sims.container import AGENT, options, pinned, remove_stale
from sims.engine import ensure, host_lock
from sims.image import ensure_image
from sims.job import Job, Step, Turn, check_steps, turns_of
from sims.life import chat_only, load_turns, whole_life
from sims.live import Lived, events_file, live
from sims.place import place_for, remove_stale_places, stage
from sims.quiet import require_quiet, wait_until_quiet
from sims.report import MEASURED, TierResult, replies, tier_result
from sims.tiers import SimPhone, find_phone, load_limits, load_timing
from sims.timing import UNDECIDED, Rate, decode_rate
from sims.verdict import Outcome

_MODEL_FIELDS = {
    "lora_swap": ("base", "interpreter_adapter", "explainer_adapter"),
    "sequential": ("interpreter", "explainer"),
    "resident": ("interpreter", "explainer"),
}
_NEED_TURNS = 2  # the buffers are reserved for the longest prompt, so two turns need as much as twenty
_HOST_MB = 1024  # what an uncapped phone must leave this machine


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


@dataclass(frozen=True)
class Asked:
    """What a run is to do.

    steps: the app's life (None: the golden turns with all that befalls an app between them). timing: "require" (a
    machine that stays busy is an error), "mark" (the result says so and has no times) or "off". repeats: how often the
    chat may be run until its decode rate is known. measure_need: a killed run is made again without a cap, to tell by
    how much it was over. max_tokens: of both roles' answers. leak_mb_per_turn: a planted fault, for tests.
    """

    steps: Sequence[Step] | None = None
    timing: str = "mark"
    repeats: int = 1
    measure_need: bool = True
    max_tokens: int | None = None
    leak_mb_per_turn: float = 0.0


@dataclass
class Phones:
    """All phones on one release's files; each is run once, when its result is first asked for."""

    models: TierModels
    out: Path
    turns: Sequence[Turn] | None = None
    results: dict[str, TierResult] = field(default_factory=dict)

    def result(self, tier: str, *, ram_mb: int | None = None, mmap: bool | None = None) -> TierResult:
        """The result of a tier's phone: of its smallest, as it ships, unless told otherwise (raises as `run_tier`)."""
        phone = find_phone(tier, ram_mb=ram_mb, mmap=mmap)
        # The phone that a release is judged on is known by the tier's name alone.
        name = tier if phone == find_phone(tier) else phone.name
        if name not in self.results:
            self.results[name] = self._run(phone)
        return self.results[name]

    def _run(self, phone: SimPhone) -> TierResult:
        return run_tier(phone, self.models, turns=self.turns, out=self.out)


def run_tier(
    phone: str | SimPhone,
    models: TierModels,
    *,
    turns: Sequence[Turn] | None = None,
    out: Path,
    asked: Asked | None = None,
) -> TierResult:
    """Runs an app's life on one simulated phone; result, events and memory timeline are written under `out`.

    A tier's name stands for its smallest phone. A model that does not fit is a result (`verdict` is not "fits"), not an
    exception.

    Raises:
        InputError: a model file is missing, or the tier is unknown.
        MissingError: Docker, mmdebstrap or llama.cpp is not here.
        StageError: the image or the container could not be made, or the machine is too busy for the times asked for.
    """
    device = find_phone(phone) if isinstance(phone, str) else phone
    wanted = asked or Asked()
    chat = list(load_turns() if turns is None else turns)
    steps = check_steps(whole_life(chat) if wanted.steps is None and chat else wanted.steps or ())
    files = models.needed(device.configuration)
    out.mkdir(parents=True, exist_ok=True)
    try:
        client = ensure()
        run = _Run(client, ensure_image(client), device, files, wanted, out)
        with host_lock("phones"):
            remove_stale(client)
            remove_stale_places(out)
            result = run.result(steps)
    except (DockerException, RequestException) as error:
        raise StageError(f"Docker could not run the {device.name} phone: {error}") from error
    (out / f"{device.name}.json").write_text(result.to_json(), encoding="utf-8")
    return result


@dataclass(frozen=True)
class _Run:
    """A phone's run with all that it takes."""

    client: docker.DockerClient
    image: str
    phone: SimPhone
    files: dict[str, Path]
    asked: Asked
    out: Path

    def result(self, steps: tuple[Step, ...]) -> TierResult:
        """The run, what it would have needed if it was killed, and its chat again until the times are known."""
        busy = self._wait()
        record = self.out / self.phone.name
        first = self._live(steps, record)
        outcome = first.outcome
        if outcome.oom and self.asked.measure_need:
            outcome = replace(outcome, need_mb=self._need(steps))
        reason = busy or _disturbed(first)
        rate, reason = (None, reason) if reason else self._rate(steps, first)
        return tier_result(
            self.phone,
            outcome,
            wanted_turns=len(turns_of(steps)),
            unload_slack_mb=load_limits().unload_slack_mb,
            cpus=len(pinned(self.phone.cpus)),
            events=str(events_file(record)),
            rate=rate,
            timing=reason or MEASURED,
        )

    def _wait(self) -> str:
        """Why no time can be told, "" where it can be."""
        if self.asked.timing == "off":
            return "not asked for"  # and none is waited for
        if self.asked.timing == "require":
            require_quiet(load_timing())
            return ""
        return wait_until_quiet(load_timing(), load_timing().mark_wait_s)

    def _rate(self, steps: tuple[Step, ...], first: Lived) -> tuple[Rate | None, str]:
        """The decode rate, the chat run again while its interval is wide; or why it cannot be told."""
        runs = [_replies(first.outcome)]
        rule = load_timing()
        rate = decode_rate(runs, rule.narrow)
        complete = first.outcome.exit_code == 0
        while complete and rate and rate.verdict == UNDECIDED and len(runs) < self.asked.repeats:
            again = self._live(chat_only(turns_of(steps)), self.out / f"{self.phone.name}-{len(runs) + 1}")
            if reason := _disturbed(again):
                return None, reason
            runs.append(_replies(again.outcome))
            rate = decode_rate(runs, rule.narrow)
        return rate, ""

    def _need(self, steps: tuple[Step, ...]) -> float | None:
        """MB that the models need where nothing is capped; None where this machine has too little for them."""
        most = psutil.virtual_memory().available // 1024**2 - _HOST_MB
        if most <= self.phone.budget_mb:
            return None
        short = chat_only(turns_of(steps), _NEED_TURNS)
        lived = self._live(short, self.out / f"{self.phone.name}-uncapped", cap_mb=most)
        return None if lived.outcome.exit_code else lived.outcome.memory.need_mb

    def _live(self, steps: tuple[Step, ...], record: Path, cap_mb: int | None = None) -> Lived:
        limits = load_limits()
        with place_for(self.out) as place:
            job = job_for(self.phone, steps, self.asked.max_tokens, self.asked.leak_mb_per_turn)
            stage(place, self.files, job)
            cap = self.phone.budget_mb if cap_mb is None else cap_mb
            settings = options(self.image, place, self.phone, limits, cap, AGENT)
            return live(self.client, settings, self.phone, record)


def job_for(phone: SimPhone, steps: tuple[Step, ...], max_tokens: int | None = None, leak_mb: float = 0.0) -> Job:
    """The job of a phone's life; its files are named when they are staged."""
    limits = load_limits()
    return Job(
        tier=phone.tier,
        ram_mb=phone.ram_mb,
        low_ram=phone.low_ram,
        memory_class_mb=phone.memory_class_mb,
        configuration=phone.configuration,
        context=phone.context,
        threads=len(pinned(phone.cpus)),
        use_mmap=phone.use_mmap,
        parallel=phone.parallel,
        interpreter_max_tokens=max_tokens or limits.interpreter_max_tokens,
        explainer_max_tokens=max_tokens or limits.explainer_max_tokens,
        deadline_s=phone.timeout_s + 30,  # after the host's own time-out, for when there is no host any more
        grammar="",
        steps=steps,
        leak_mb_per_turn=leak_mb,
    )


def _disturbed(lived: Lived) -> str:
    """Why a run's times are worth nothing: somebody else worked meanwhile, or there are none."""
    if lived.load is None:
        return "the run did not end"
    return f"busy: {lived.load}" if lived.load.too_much(load_timing()) else ""


def _replies(outcome: Outcome) -> list[dict[str, object]]:
    return replies([e for e in outcome.events if e["event"] == "turn"])
