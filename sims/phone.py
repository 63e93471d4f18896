"""How an app holds its models on each class of phone: the three configurations behind one interface.

Runs inside the container. `use(role)` gives the chat of a role, ready to answer, whatever that takes; what was
given back at a trim is loaded again when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from line.binding import lib
from line.chat import Chat
from line.llama import Adapter, Context, Model
from sims.footprint import Buffers, give_back, heard
from sims.job import Job
from sims.trim import kept_at

ROLES = ("interpreter", "explainer")
_TITLES = {"interpreter": "the first model", "explainer": "the second model"}


class Announce(Protocol):
    """Told what begins, so that a killed run is known by its last words."""

    def __call__(self, stage: str, *, mb: float = 0.0) -> None:
        """`stage` begins and reads `mb` of model files."""
        ...


class Slot:
    """A model file with its one chat context; each is there or not."""

    def __init__(self, job: Job, path: Path, title: str, announce: Announce) -> None:
        self._job, self._path, self._title, self._announce = job, path, title, announce
        self._model: Model | None = None
        self._chat: Chat | None = None
        self._weights = Buffers()
        self._cache = Buffers()

    @property
    def buffers(self) -> Buffers:
        """What llama.cpp holds for it."""
        return self._weights.plus(self._cache)

    def model(self) -> Model:
        """The model, loaded if need be."""
        if self._model is None:
            self._announce(f"load of {self._title}", mb=_size_mb(self._path))
            heard()
            self._model = Model(self._path, use_mmap=self._job.use_mmap)
            self._weights = heard()
        return self._model

    def chat(self) -> Chat:
        """The chat, its context opened if need be."""
        if self._chat is None:
            model = self.model()
            self._announce(f"context of {self._title}")
            heard()
            self._chat = Chat(Context(model, n_ctx=self._job.context, threads=self._job.threads))
            self._cache = heard()
        return self._chat

    def close_context(self) -> None:
        """Gives back cache and compute buffers."""
        if self._chat:
            self._chat.context.close()
        self._chat, self._cache = None, Buffers()

    def close(self) -> None:
        """Gives back everything."""
        self.close_context()
        if self._model:
            self._model.close()
        self._model, self._weights = None, Buffers()


class Phone:
    """What all configurations share; `active` is the slot that was used last."""

    def __init__(self, job: Job, folder: Path, announce: Announce) -> None:
        self._job, self._folder, self._announce = job, folder, announce
        self._slots: dict[str, Slot] = {}
        self._active = ""

    def start(self) -> None:
        """Loads what the configuration holds from the start."""
        raise NotImplementedError

    def use(self, role: str) -> Chat:
        """The chat of `role`, loaded or swapped in first if need be."""
        raise NotImplementedError

    def ahead(self, role: str, prompt: Callable[[Chat], str]) -> Future[int] | None:
        """Begins to read a prompt of `role` while another role is at work, where the configuration can."""
        del role, prompt
        return None

    def joined(self, reading: Future[int] | None) -> int:
        """Waits for what `ahead` began; the tokens that it read."""
        return reading.result() if reading else 0

    def give_up(self, level: int) -> None:
        """Gives back what `sims.trim` says at this level."""
        keep = kept_at(level)
        for name, slot in self._slots.items():
            if keep.models == "none" or (keep.models == "active" and name != self._active):
                self._close(slot)
            elif not keep.contexts:
                slot.close_context()
                self._closed_context(slot)
        give_back()

    def resume(self) -> None:
        """Makes the role ready that a turn begins with."""
        self.use("interpreter")

    def unload(self) -> None:
        """Frees everything."""
        for slot in self._slots.values():
            self._close(slot)
        give_back()

    @property
    def buffers(self) -> Buffers:
        """What llama.cpp holds now."""
        total = Buffers()
        for slot in self._slots.values():
            total = total.plus(slot.buffers)
        return total

    def _close(self, slot: Slot) -> None:
        slot.close()
        self._closed_context(slot)

    def _closed_context(self, slot: Slot) -> None:
        """Told that a context is gone."""

    def _slot(self, name: str, title: str) -> Slot:
        return Slot(self._job, self._folder / getattr(self._job, name), title, self._announce)


class LoraSwap(Phone):
    """One base model and one context; the role's adapter is put on it (tier 1)."""

    def start(self) -> None:
        """Loads the base and both adapters."""
        self._slots = {"base": self._slot("base", "the base model")}
        self._active, self._role = "base", ""
        self._adapters: dict[str, Adapter] = {}
        self._ready()

    def use(self, role: str) -> Chat:
        """Swaps the adapter; the prefix cache goes with the old one."""
        chat = self._ready()
        if role != self._role:
            self._announce(f"swap to the {role}")
            chat.set_adapter(self._adapters[role])
            self._role = role
        return chat

    def _ready(self) -> Chat:
        model = self._slots["base"].model()
        if not self._adapters:
            self._announce("load of the adapters")
            files = {"interpreter": self._job.interpreter_adapter, "explainer": self._job.explainer_adapter}
            self._adapters = {role: Adapter(model, self._folder / files[role]) for role in ROLES}
        return self._slots["base"].chat()

    def _close(self, slot: Slot) -> None:
        super()._close(slot)
        self._adapters = {}  # llama.cpp frees them with their model

    def _closed_context(self, slot: Slot) -> None:
        self._role = ""


class Sequential(Phone):
    """Two models, never both in memory (tier 2)."""

    def start(self) -> None:
        """Loads the Interpreter, which every turn needs first."""
        self._slots = {role: self._slot(role, _TITLES[role]) for role in ROLES}
        self.use("interpreter")

    def use(self, role: str) -> Chat:
        """Frees the other model and loads this one."""
        for name, slot in self._slots.items():
            if name != role:
                slot.close()
        self._active = role
        return self._slots[role].chat()


class Resident(Phone):
    """Both models in memory all the time (tier 3); one may read ahead while the other writes."""

    def start(self) -> None:
        """Loads both."""
        self._slots = {role: self._slot(role, _TITLES[role]) for role in ROLES}
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        for role in ROLES:
            self.use(role)

    def use(self, role: str) -> Chat:
        """The role's own chat, its prefix cache intact."""
        self._active = role
        return self._slots[role].chat()

    def ahead(self, role: str, prompt: Callable[[Chat], str]) -> Future[int] | None:
        """Reads in another thread, each role on half of the cores: ggml's threads spin, and twice as many as there are
        cores crawl."""
        if not self._job.parallel or self._job.threads < 2:
            return None
        chat = self._slots[role].chat()
        self._share_threads(self._job.threads // 2)
        return self._reader.submit(chat.read, prompt(chat))

    def joined(self, reading: Future[int] | None) -> int:
        """Waits, and gives each role all cores again."""
        found = super().joined(reading)
        if reading:
            self._share_threads(self._job.threads)
        return found

    def _share_threads(self, count: int) -> None:
        for role in ROLES:
            lib().llama_set_n_threads(self._slots[role].chat().context.pointer, count, count)


def make_phone(job: Job, folder: Path, announce: Announce) -> Phone:
    """The configuration that the job names."""
    kinds: dict[str, type[Phone]] = {"lora_swap": LoraSwap, "sequential": Sequential, "resident": Resident}
    return kinds[job.configuration](job, folder, announce)


def _size_mb(path: Path) -> float:
    return round(path.stat().st_size / 1024**2, 1) if path.exists() else 0.0
