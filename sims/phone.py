"""How an app holds its models on each class of phone: the three configurations behind one interface.

Runs inside the container. `use(role)` gives the chat of a role, ready to answer, whatever that takes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from line.chat import Chat
from line.llama import Adapter, Context, Model
from sims.job import Job

ROLES = ("interpreter", "explainer")


class Announce(Protocol):
    """Told what begins, so that a killed run is known by its last words."""

    def __call__(self, stage: str, *, mb: float = 0.0) -> None:
        """`stage` begins and reads `mb` of model files."""
        ...


class Phone(Protocol):
    """One configuration; `start` is the app's cold start, `use` makes a role ready."""

    def start(self) -> None:
        """Loads what the configuration holds from the start."""
        ...

    def use(self, role: str) -> Chat:
        """The chat of `role`, loaded or swapped in first if need be."""
        ...


class _Held:
    """A model with its one chat context."""

    def __init__(self, job: Job, path: Path) -> None:
        self.model = Model(path, use_mmap=job.use_mmap)
        self.context = Context(self.model, n_ctx=job.context, threads=job.threads)
        self.chat = Chat(self.context)

    def close(self) -> None:
        self.context.close()
        self.model.close()


class LoraSwap:
    """One base model and one context; the role's adapter is put on it (tier 1)."""

    def __init__(self, job: Job, folder: Path, announce: Announce) -> None:
        self._job, self._folder, self._announce = job, folder, announce
        self._role = ""

    def start(self) -> None:
        """Loads the base and both adapters."""
        base = self._folder / self._job.base
        self._announce("load of the base model", mb=_size_mb(base))
        self._held = _Held(self._job, base)
        self._announce("load of the adapters")
        files = {"interpreter": self._job.interpreter_adapter, "explainer": self._job.explainer_adapter}
        self._adapters = {role: Adapter(self._held.model, self._folder / files[role]) for role in ROLES}

    def use(self, role: str) -> Chat:
        """Swaps the adapter; the prefix cache goes with the old one."""
        if role != self._role:
            self._announce(f"swap to the {role}")
            self._held.chat.set_adapter(self._adapters[role])
            self._role = role
        return self._held.chat


class Sequential:
    """Two models, never both in memory (tier 2)."""

    def __init__(self, job: Job, folder: Path, announce: Announce) -> None:
        self._job, self._folder, self._announce = job, folder, announce
        self._role = ""
        self._held: _Held | None = None

    def start(self) -> None:
        """Loads the Interpreter, which every turn needs first."""
        self.use("interpreter")

    def use(self, role: str) -> Chat:
        """Frees the other model and loads this one."""
        if self._held is None or role != self._role:
            if self._held:
                self._held.close()
                self._held = None
            path = self._folder / _file(self._job, role)
            self._announce(f"load of the {role}", mb=_size_mb(path))
            self._held = _Held(self._job, path)
            self._role = role
        return self._held.chat


class Resident:
    """Both models in memory all the time (tier 3)."""

    def __init__(self, job: Job, folder: Path, announce: Announce) -> None:
        self._job, self._folder, self._announce = job, folder, announce
        self._held: dict[str, _Held] = {}

    def start(self) -> None:
        """Loads both."""
        for role in ROLES:
            path = self._folder / _file(self._job, role)
            self._announce(f"load of the {role}", mb=_size_mb(path))
            self._held[role] = _Held(self._job, path)

    def use(self, role: str) -> Chat:
        """The role's own chat, its prefix cache intact."""
        return self._held[role].chat


def make_phone(job: Job, folder: Path, announce: Announce) -> Phone:
    """The configuration that the job names."""
    kinds: dict[str, Callable[[Job, Path, Announce], Phone]] = {
        "lora_swap": LoraSwap,
        "sequential": Sequential,
        "resident": Resident,
    }
    return kinds[job.configuration](job, folder, announce)


def _size_mb(path: Path) -> float:
    return round(path.stat().st_size / 1024**2, 1) if path.exists() else 0.0


def _file(job: Job, role: str) -> str:
    return job.interpreter if role == "interpreter" else job.explainer
