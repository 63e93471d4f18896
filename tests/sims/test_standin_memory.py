"""Memory told from headers: the figures that llama.cpp's own sources give, and what may not happen."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.errors import InputError
from sims.ggml import Tensor
from sims.header import Header, Strings
from sims.standin.activations import activation_bytes
from sims.standin.fit import CONFIGURATIONS, margin_mb, rows
from sims.standin.memory import MB, REPACKED, Runtime, kv_bytes, predict_memory, repacked, tokenizer_bytes
from sims.standin.mix import typed_tensors
from sims.standin.spec import Spec, find_spec, load_specs
from sims.standin.write import adapter_header

AT_2K, AT_4K = Runtime(context=2048), Runtime(context=4096)


def _header(spec: Spec) -> Header:
    """As the file's, its vocabulary weighed and not made."""
    prefix = spec.architecture
    metadata = {
        "general.architecture": prefix,
        f"{prefix}.block_count": spec.layers,
        f"{prefix}.embedding_length": spec.width,
        f"{prefix}.feed_forward_length": spec.ff,
        f"{prefix}.attention.head_count": spec.heads,
        f"{prefix}.attention.head_count_kv": spec.kv_heads,
        f"{prefix}.attention.key_length": spec.head_width,
        f"{prefix}.attention.value_length": spec.head_width,
        "tokenizer.ggml.tokens": Strings(spec.vocabulary, 7 * spec.vocabulary),
        "tokenizer.ggml.merges": Strings(spec.merges, 8 * spec.merges),
    }
    if prefix == "gemma3n":
        metadata[f"{prefix}.attention.shared_kv_layers"] = spec.shared_kv_layers
        metadata[f"{prefix}.attention.sliding_window"] = spec.window
        metadata[f"{prefix}.embedding_length_per_layer_input"] = spec.layer_input_width
        metadata[f"{prefix}.attention.sliding_window_pattern"] = [
            int((layer + 1) % spec.window_period != 0) for layer in range(spec.layers)
        ]
    tensors = tuple(typed_tensors(spec))
    return Header(metadata, tensors, 0, sum(t.bytes for t in tensors))


HEADERS = {name: _header(spec) for name, spec in load_specs().items()}
every_model = pytest.mark.parametrize("name", HEADERS)


@pytest.mark.parametrize(
    ("name", "at_2k"),
    [  # layers × 2 × KV heads × head width × 2 bytes × 2,048 tokens
        ("smollm2-1.7b", 384),
        ("qwen2.5-3b", 72),
        ("llama-3.2-3b", 224),
        ("phi-4-mini", 256),
        ("gemma-3n-e2b", 80),  # 20 of its 30 layers have a cache
        ("smollm2-135m", 45),
    ],
)
def test_the_kv_cache(name: str, at_2k: int) -> None:
    assert kv_bytes(HEADERS[name], AT_2K) == at_2k * MB
    assert kv_bytes(HEADERS[name], AT_4K) == 2 * at_2k * MB


def test_a_sliding_window_spares_cache_when_asked_for() -> None:
    header = HEADERS["gemma-3n-e2b"]
    # 4 full layers of 4,096 cells and 16 of 512 + 512, at 2 KB a cell
    assert kv_bytes(header, replace(AT_4K, full_window=False)) == (4 * 4096 + 16 * 1024) * 2048
    assert kv_bytes(header, Runtime(context=300, full_window=False)) == 20 * 512 * 2048


def test_kv_heads_may_differ_by_layer() -> None:
    header = HEADERS["smollm2-135m"]
    several = dict(header.metadata) | {"llama.attention.head_count_kv": [3] * 29 + [9]}
    assert kv_bytes(replace(header, metadata=several), AT_2K) == kv_bytes(header, AT_2K) * 32 // 30
    with pytest.raises(InputError, match="each of 30 layers"):
        kv_bytes(replace(header, metadata=several | {"llama.attention.head_count_kv": [3]}), AT_2K)


def test_what_is_laid_out_anew_depends_on_the_cpu() -> None:
    matrix = {kind: Tensor("blk.0.ffn_up.weight", (256, 64), kind) for kind in ("Q4_K", "Q5_K", "Q6_K", "Q8_0", "F16")}
    found = {cpu: [kind for kind, t in matrix.items() if repacked(t, cpu)] for cpu in REPACKED}
    assert found == {"x86": ["Q4_K"], "arm": ["Q4_K", "Q5_K", "Q6_K", "Q8_0"], "none": []}
    assert not repacked(Tensor("x", (256, 62), "Q4_K"), "x86") and not repacked(Tensor("x", (256, 8, 3), "Q4_K"), "x86")


@every_model
def test_a_phone_keeps_tied_embeddings_twice(name: str) -> None:
    header = HEADERS[name]
    table = next(t for t in header.tensors if t.name == "token_embd.weight")
    total = sum(t.bytes for t in header.tensors)
    twice = {cpu: predict_memory(header, replace(AT_2K, cpu=cpu)).weights - total for cpu in ("x86", "arm")}
    assert twice == {"x86": table.bytes if name == "gemma-3n-e2b" else 0, "arm": table.bytes}


@every_model
def test_mapping_the_file_trades_anonymous_memory_for_pages(name: str) -> None:
    plain, mapped = predict_memory(HEADERS[name], AT_2K), predict_memory(HEADERS[name], replace(AT_2K, mmap=True))
    assert mapped.anonymous < plain.anonymous and plain.mapped == 0 < mapped.mapped
    assert mapped.cache == plain.cache == HEADERS[name].file_bytes
    assert mapped.needed <= plain.needed


@every_model
@given(context=st.integers(1, 8192), more=st.integers(1, 4096))
def test_more_context_never_needs_less(name: str, context: int, more: int) -> None:
    short, long = (predict_memory(HEADERS[name], Runtime(context=c)) for c in (context, context + more))
    assert short.needed <= long.needed and short.kv > 0


@every_model
def test_configurations_are_built_of_the_same_parts(name: str) -> None:
    header = HEADERS[name]
    one = predict_memory(header, AT_4K)
    swapped = predict_memory(header, AT_4K, configuration="sequential")
    both = predict_memory(header, AT_4K, configuration="resident")
    adapters = [adapter_header(find_spec(name), 16)] * 2
    lora = predict_memory(header, AT_4K, configuration="lora_swap", adapters=adapters)
    assert swapped.anonymous == one.anonymous
    assert both.anonymous == 2 * one.anonymous - one.process
    assert lora.anonymous - one.anonymous == lora.adapters == 2 * adapters[0].file_bytes
    assert swapped.cache == both.cache == 2 * one.cache


def test_the_larger_of_two_models_in_turn_decides() -> None:
    small, large = HEADERS["smollm2-135m"], HEADERS["smollm2-1.7b"]
    alone = predict_memory(large, AT_4K)
    for first, second in ((small, large), (large, small)):
        pair = predict_memory(first, AT_4K, configuration="sequential", second=second)
        assert pair.anonymous == alone.anonymous and pair.cache == small.file_bytes + large.file_bytes


def test_a_cap_bounds_what_is_charged() -> None:
    found = predict_memory(HEADERS["smollm2-1.7b"], AT_2K)
    assert found.peak() == found.anonymous + found.cache
    assert found.peak(found.anonymous) == found.anonymous and found.peak(found.peak() * 2) == found.peak()


def test_the_vocabulary_counts() -> None:
    assert tokenizer_bytes(HEADERS["llama-3.2-3b"]) > 2 * tokenizer_bytes(HEADERS["smollm2-1.7b"])


def test_a_half_empty_batch_needs_half() -> None:
    header = HEADERS["smollm2-1.7b"]
    assert 2 * activation_bytes(header, 256, 2048) == activation_bytes(header, 512, 2048)


def test_what_cannot_be_told_is_said() -> None:
    header = HEADERS["smollm2-135m"]
    strange = replace(header, metadata={k.replace("llama", "mamba"): v for k, v in header.metadata.items()})
    strange = replace(strange, metadata={**strange.metadata, "general.architecture": "mamba"})
    with pytest.raises(InputError, match="'mamba' is not known here; known: llama"):
        predict_memory(strange, AT_2K)
    with pytest.raises(InputError, match="Unknown configuration 'both'"):
        predict_memory(header, AT_2K, configuration="both")
    with pytest.raises(InputError, match="needs them"):
        predict_memory(header, AT_2K, configuration="lora_swap")
    with pytest.raises(InputError, match="not with single"):
        predict_memory(header, AT_2K, second=header)
    with pytest.raises(InputError, match="Unknown CPU"):
        Runtime(context=1, cpu="mips")
    with pytest.raises(InputError, match="at least 1"):
        Runtime(context=0)


def test_two_gemma_files_cannot_serve_a_4_gb_phone() -> None:
    adapters = [adapter_header(find_spec("gemma-3n-e2b"), 16)] * 2
    found = rows("gemma-3n-e2b", HEADERS["gemma-3n-e2b"], adapters)
    assert {row.configuration for row in found} == set(CONFIGURATIONS)
    assert all(row.margins[4096] < 0 and row.smallest != 4096 for row in found)


def test_smollm_does_not_fit_the_smallest_tier_1_phone_for_its_cache_and_weights() -> None:
    adapters = [adapter_header(find_spec("smollm2-1.7b"), 16)] * 2
    found = {(r.configuration, r.context): r for r in rows("smollm2-1.7b", HEADERS["smollm2-1.7b"], adapters)}
    row = found["lora_swap", 2048]
    assert row.margins[2048] < 0 < row.margins[3072] and row.smallest == 3072
    assert row.margins[2048] == margin_mb(row.prediction, 819)


def test_the_predictor_needs_no_package_that_the_phones_lack() -> None:
    """The agent's image has Python and NumPy alone."""
    folder = Path(__file__).parents[2] / "sims"
    for name in ("ggml", "header", "standin/memory", "standin/activations"):
        lines = (folder / f"{name}.py").read_text(encoding="utf-8").splitlines()
        imports = [line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))]
        assert set(imports) <= {
            "__future__",
            "collections",
            "dataclasses",
            "line",
            "math",
            "pathlib",
            "sims",
            "struct",
            "typing",
        }
