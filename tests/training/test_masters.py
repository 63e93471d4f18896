"""Bfloat16 weights with float32 masters follow float32 training where plain bfloat16 stands still."""

import copy as copying

import pytest
import torch

from training.masters import MasterAdamW

STEPS, RATE = 200, 1e-4


def _weights(dtype: torch.dtype) -> torch.nn.Parameter:
    torch.manual_seed(0)
    return torch.nn.Parameter(torch.randn(64, 64).to(torch.bfloat16).to(dtype))


def _step(weights: torch.nn.Parameter, optimiser: torch.optim.Optimizer, seed: int) -> None:
    torch.manual_seed(seed)
    inputs = torch.randn(16, 64).to(weights.dtype)
    loss = ((inputs @ weights - inputs.sum(1, keepdim=True)) ** 2).float().mean()
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()


def _trained(kind: type[torch.optim.Optimizer], dtype: torch.dtype) -> torch.Tensor:
    weights = _weights(dtype)
    optimiser = kind([weights], lr=RATE, weight_decay=0.0)  # type: ignore[call-arg]
    for seed in range(STEPS):
        _step(weights, optimiser, seed)
    return weights.detach().float()


def test_masters_track_float32_better_than_plain_bfloat16() -> None:
    wanted = _trained(torch.optim.AdamW, torch.float32)
    plain = _trained(torch.optim.AdamW, torch.bfloat16)
    masters = _trained(MasterAdamW, torch.bfloat16)
    moved = (wanted - _weights(torch.float32).detach()).norm()
    assert (masters - wanted).norm() < 0.35 * (plain - wanted).norm()
    assert (masters - wanted).norm() < 0.5 * moved


def test_a_restored_optimiser_goes_on_as_if_never_stopped() -> None:
    weights = _weights(torch.bfloat16)
    optimiser = MasterAdamW([weights], lr=RATE)
    for seed in range(20):
        _step(weights, optimiser, seed)
    # What a checkpoint holds: the bfloat16 weights and the optimiser's state.
    copy = torch.nn.Parameter(weights.detach().clone())
    restored = MasterAdamW([copy], lr=RATE)
    restored.load_state_dict(copying.deepcopy(optimiser.state_dict()))
    for seed in range(20, 60):
        _step(weights, optimiser, seed)
        _step(copy, restored, seed)
    assert torch.equal(weights, copy)


def test_frozen_weights_are_left_alone() -> None:
    weights, frozen = _weights(torch.bfloat16), _weights(torch.bfloat16)
    frozen.requires_grad_(False)
    before = frozen.clone()
    optimiser = MasterAdamW([weights, frozen], lr=RATE)
    _step(weights, optimiser, 0)
    assert torch.equal(frozen, before)
    assert not torch.equal(weights, before)


def test_gradients_add_up_until_cleared() -> None:
    weights = _weights(torch.bfloat16)
    optimiser = MasterAdamW([weights], lr=RATE)
    weights.grad = torch.ones_like(weights)
    optimiser.zero_grad()
    assert weights.grad is None
    optimiser.step()
    assert torch.equal(weights, _weights(torch.bfloat16))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_the_live_weights_are_the_masters_rounded(dtype: torch.dtype) -> None:
    weights = _weights(dtype)
    optimiser = MasterAdamW([weights], lr=RATE)
    _step(weights, optimiser, 0)
    assert torch.equal(weights, optimiser.state_dict()["masters"][0].to(dtype))
