"""The mean of adapters: of what they do to the weights, at their own rank."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from training.average import average
from training.errors import DataError

NAME = "base_model.model.layers.0.q_proj.lora_{}.weight"


def _adapter(folder: Path, a: torch.Tensor, b: torch.Tensor) -> Path:
    folder.mkdir()
    save_file(
        {NAME.format("A"): a.contiguous(), NAME.format("B"): b.contiguous()}, folder / "adapter_model.safetensors"
    )
    (folder / "adapter_config.json").write_text(json.dumps({"r": len(a)}), encoding="utf-8")
    return folder


def _change(folder: Path) -> torch.Tensor:
    tensors = load_file(folder / "adapter_model.safetensors")
    return tensors[NAME.format("B")].float() @ tensors[NAME.format("A")].float()


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    torch.manual_seed(0)
    a, b = torch.randn(4, 12), torch.randn(10, 4)
    nearly = (a + 0.02 * torch.randn(4, 12), b + 0.02 * torch.randn(10, 4))
    return _adapter(tmp_path / "first", a, b), _adapter(tmp_path / "second", *nearly)


def test_the_change_of_the_weights_is_averaged(pair: tuple[Path, Path], tmp_path: Path) -> None:
    lost = average({pair[0]: 0.25, pair[1]: 0.75}, tmp_path / "mean")
    wanted = 0.25 * _change(pair[0]) + 0.75 * _change(pair[1])
    torch.testing.assert_close(_change(tmp_path / "mean"), wanted, rtol=0.02, atol=0.05)
    assert 0 <= lost < 0.001
    assert json.loads((tmp_path / "mean" / "adapter_config.json").read_text()) == {"r": 4}


def test_factors_in_another_basis_are_the_same_adapter(pair: tuple[Path, Path], tmp_path: Path) -> None:
    tensors = load_file(pair[0] / "adapter_model.safetensors")
    turn = torch.linalg.qr(torch.randn(4, 4)).Q
    turned = _adapter(tmp_path / "turned", turn.T @ tensors[NAME.format("A")], tensors[NAME.format("B")] @ turn)
    average({pair[0]: 0.5, turned: 0.5}, tmp_path / "mean")
    torch.testing.assert_close(_change(tmp_path / "mean"), _change(pair[0]), rtol=0.02, atol=0.05)


def test_an_untrained_adapter_averages_to_nothing(tmp_path: Path) -> None:
    one = _adapter(tmp_path / "one", torch.randn(4, 12), torch.zeros(10, 4))
    two = _adapter(tmp_path / "two", torch.randn(4, 12), torch.zeros(10, 4))
    assert average({one: 0.5, two: 0.5}, tmp_path / "mean") == 0.0
    assert not _change(tmp_path / "mean").any()


def test_adapters_of_two_trainings_are_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    other = _adapter(tmp_path / "other", torch.randn(4, 12), torch.randn(10, 4))
    with pytest.raises(DataError, match=r"other: \d+% of their mean is lost.*trained on from"):
        average({pair[0]: 0.5, other: 0.5}, tmp_path / "mean")
    assert not (tmp_path / "mean").exists()


def test_another_rank_is_refused_by_name(pair: tuple[Path, Path], tmp_path: Path) -> None:
    other = _adapter(tmp_path / "other", torch.randn(2, 12), torch.randn(10, 2))
    with pytest.raises(DataError, match=r"other is an adapter of another rank"):
        average({pair[0]: 0.5, other: 0.5}, tmp_path / "mean")
