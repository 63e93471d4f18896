"""The app's life inside the phone, a JSON line an event.

    python3 -m sims.agent /job/job.json

Events: `start` (the detected tier), `stage` (what begins), `loaded`, `turn`, `background`, `return`, `trim`, `unload`,
`error`, `end`; each with the memory that the process holds. After `end` the agent waits for SIGTERM, so that the host
can read the final memory figures while the control group still exists.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path

from josi.device_tier import detect
from line.errors import JosiError
from sims.footprint import is_mapped, listen, process_memory
from sims.job import Job, Step
from sims.loop import Loop
from sims.phone import Phone, make_phone

_LINGER_S = 30
_MB = 1024 * 1024


class Agent:
    """One life of the app."""

    def __init__(self, job: Job, folder: Path) -> None:
        self._job, self._folder = job, folder
        self._phone: Phone = make_phone(job, folder, self._stage)
        self._turns = 0
        self._leaked: list[bytearray] = []

    def live(self) -> None:
        """Cold start, then the job's steps."""
        job = self._job
        listen()
        found = detect(job.ram_mb * _MB, low_ram=job.low_ram, memory_class_mb=job.memory_class_mb).tier
        self.emit("start", tier=job.tier, detected=found, configuration=job.configuration)
        grammar = (self._folder / job.grammar).read_text(encoding="utf-8")
        self._loop = Loop(self._phone, job, grammar, self._stage)
        start = time.perf_counter()
        self._phone.start()
        self.emit("loaded", seconds=_since(start), mapped=is_mapped(self._folder))
        for step in job.steps:
            self._step(step)

    def emit(self, kind: str, **values: object) -> None:
        """Writes one event; flushed, since the kernel may kill us at any moment."""
        buffers = {f"{name}_mb": round(mb, 1) for name, mb in asdict(self._phone.buffers).items()}
        clocks = {"t_s": round(time.monotonic(), 4), "cpu_total_s": round(time.process_time(), 3)}
        line = {"event": kind, **clocks, **values, **process_memory(), **buffers}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def _step(self, step: Step) -> None:
        start = time.perf_counter()
        if step.turn:
            self._turns += 1
            self._stage(f"turn {self._turns}")
            self.emit("turn", n=self._turns, **self._loop.turn(step.turn))
            self._leak()
        elif step.kind == "return":
            self._stage("return to the front")
            self._phone.resume()
            self.emit("return", seconds=_since(start))
        elif step.kind == "unload":
            self._phone.unload()
            self.emit("unload")
        else:
            self._phone.give_up(step.level)
            self.emit(step.kind, level=step.level)

    def _stage(self, stage: str, *, mb: float = 0.0) -> None:
        self.emit("stage", stage=stage, mb=mb)

    def _leak(self) -> None:
        """The planted fault; written to, since memory that nobody has touched costs nothing."""
        if self._job.leak_mb_per_turn:
            self._leaked.append(bytearray(b"\x01") * int(self._job.leak_mb_per_turn * _MB))


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 4)


def main(path: Path) -> int:
    """Runs the job file; 0 when every step was lived through."""
    # SIGTERM is held back until we wait for it, or a fast host could end us between `end` and the wait.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    job = Job.from_json(path.read_text(encoding="utf-8"))
    signal.alarm(job.deadline_s)  # an orphan of a killed host ends by itself
    agent, code = Agent(job, path.parent), 0
    try:
        agent.live()
    except (JosiError, ValueError, OSError) as error:
        agent.emit("error", message=f"{type(error).__name__}: {error}")
        code = 1
    agent.emit("end", code=code)
    signal.sigtimedwait({signal.SIGTERM}, _LINGER_S)
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
