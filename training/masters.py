"""AdamW that keeps float32 masters of bfloat16 weights, so that small updates are not rounded away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch


class MasterAdamW(torch.optim.AdamW):
    """Steps on float32 copies and writes them back; state (masters included) is saved with checkpoints."""

    def __init__(self, params: Iterable[torch.nn.Parameter], **kwargs: Any) -> None:
        self._live = [p for p in params if p.requires_grad]
        self._masters = [torch.nn.Parameter(p.detach().float().clone()) for p in self._live]
        super().__init__(self._masters, **kwargs)

    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """One update of the masters, copied into the live weights."""
        for master, live in zip(self._masters, self._live, strict=True):
            master.grad = None if live.grad is None else live.grad.float()
        result = super().step(closure)
        with torch.no_grad():
            for master, live in zip(self._masters, self._live, strict=True):
                live.copy_(master)
        return result

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clears the live weights' gradients, which are the ones that accumulate."""
        for live in self._live:
            live.grad = None

    def state_dict(self) -> dict[str, Any]:
        """The optimiser's state with its masters."""
        return {**super().state_dict(), "masters": [m.detach().clone() for m in self._masters]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restores state and masters."""
        state = dict(state_dict)
        with torch.no_grad():
            for master, saved in zip(self._masters, state.pop("masters"), strict=True):
                master.copy_(saved)
        super().load_state_dict(state)
