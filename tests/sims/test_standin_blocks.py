"""Random blocks decode to finite weights of the wanted mean and spread, as the `gguf` package reads them."""

import math

import gguf
import numpy as np
import pytest
from gguf.quants import dequantize
from hypothesis import given
from hypothesis import strategies as st

from line.errors import InputError
from sims.ggml import TYPES, Tensor, tensor_bytes, type_of_id
from sims.standin import blocks

MADE = ("F32", "F16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K")


def _data(tensor: Tensor, seed: int = 0) -> bytes:
    return b"".join(blocks.tensor_data(tensor, seed))


@pytest.mark.parametrize("kind", MADE)
def test_weights_are_finite_of_mean_nought_and_the_wanted_spread(kind: str) -> None:
    tensor = Tensor("blk.0.attn_q.weight", (1024, 256), kind)
    raw = np.frombuffer(_data(tensor), dtype=np.uint8)
    weights = dequantize(raw, gguf.GGMLQuantizationType[kind]).astype(np.float64)
    assert weights.size == 1024 * 256 and np.isfinite(weights).all()
    spread = 1 / math.sqrt(1024)
    half_a_level = 0.5 / blocks.deviation(16)  # q − 8 with q of 0…15 cannot have mean 0
    assert abs(weights.mean()) < (half_a_level + 0.01) * spread
    assert weights.std() == pytest.approx(spread, rel=0.03)


def test_the_table_of_types_is_ggmls() -> None:
    for name, kind in TYPES.items():
        known = gguf.GGMLQuantizationType[name]
        assert (kind.block, kind.size) == gguf.GGML_QUANT_SIZES[known] and kind.id == known.value
        assert type_of_id(known.value) is kind


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(InputError, match="type 9999"):
        type_of_id(9999)
    with pytest.raises(InputError, match="no random blocks for type Q2_K"):
        _data(Tensor("a.weight", (256, 1), "Q2_K"))


def test_rows_that_are_no_whole_blocks_are_refused() -> None:
    with pytest.raises(InputError, match="576 columns"):
        tensor_bytes((576, 2), "Q4_K")


@given(
    kind=st.sampled_from(MADE), rows=st.integers(1, 9), columns=st.integers(1, 4), slice_=st.sampled_from([1000, 10**6])
)
def test_the_bytes_are_as_many_as_the_tensor_has(kind: str, rows: int, columns: int, slice_: int) -> None:
    tensor = Tensor("x.weight", (256 * columns, rows), kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "SLICE", slice_)
        parts = list(blocks.tensor_data(tensor, 1))
    assert sum(map(len, parts)) == tensor.bytes
    assert max(map(len, parts)) <= slice_


def test_the_same_seed_gives_the_same_weights_and_another_others() -> None:
    tensor = Tensor("blk.1.ffn_up.weight", (256, 64), "Q4_K")
    other = Tensor("blk.2.ffn_up.weight", (256, 64), "Q4_K")
    assert _data(tensor, 3) == _data(tensor, 3)
    assert len({_data(tensor, 3), _data(tensor, 4), _data(other, 3)}) == 3


def test_vectors_are_norms_and_biases() -> None:
    norm = np.frombuffer(_data(Tensor("output_norm.weight", (8,), "F32")), dtype=np.float32)
    bias = np.frombuffer(_data(Tensor("blk.0.attn_q.bias", (8,), "F32")), dtype=np.float32)
    assert norm.tolist() == [1.0] * 8 and bias.tolist() == [0.0] * 8
