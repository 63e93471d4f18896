"""The architectures file: what ships in it, and what is refused."""

from pathlib import Path

import pytest

from line.errors import InputError
from sims.header import Header
from sims.standin.layout import tensors_of
from sims.standin.mix import typed_tensors
from sims.standin.spec import SPECS_FILE, find_spec, load_specs
from training.catalogue import load_catalogue

MODELS = ("smollm2-1.7b", "qwen2.5-3b", "llama-3.2-3b", "phi-4-mini", "gemma-3n-e2b", "smollm2-135m")

# Layers, width, feed-forward, heads, KV heads, vocabulary (docs/pitfalls.md).
PUBLISHED = {
    "qwen2.5-3b": (36, 2048, 11008, 16, 2, 151936),
    "llama-3.2-3b": (28, 3072, 8192, 24, 8, 128256),
    "phi-4-mini": (32, 3072, 8192, 24, 8, 200064),
    "smollm2-1.7b": (24, 2048, 8192, 32, 32, 49152),
    "smollm2-135m": (30, 576, 1536, 9, 3, 49152),
    "gemma-3n-e2b": (30, 2048, 8192, 8, 2, 262400),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_plans_models_are_there(name: str) -> None:
    spec, model = find_spec(name), load_catalogue()[name]
    dimensions = (spec.layers, spec.width, spec.ff, spec.heads, spec.kv_heads, spec.vocabulary)
    assert dimensions == PUBLISHED[name]
    assert (spec.title, spec.chat_format, spec.published_bytes) == (
        model.title,
        model.chat_format,
        model.q4_k_m_bytes,
    )


@pytest.mark.parametrize("name", MODELS)
def test_the_weights_alone_come_near_the_published_file(name: str) -> None:
    spec = find_spec(name)
    weights = sum(tensor.bytes for tensor in typed_tensors(spec))
    assert 0.97 < weights / spec.published_bytes < 1.001


def test_a_wrong_name_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match="smollm2-1.7b, qwen2.5-3b"):
        find_spec("gpt-5")


def _changed(tmp_path: Path, old: str, new: str) -> Path:
    text = SPECS_FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "specs.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'architecture = "llama"',
            'architecture = "mamba"',
            "'mamba' is not known; known: llama, qwen2, phi3, gemma3n",
        ),
        ('architecture = "llama"', 'architecture = "gemma3n"', "needs window"),
        ("layer_input_width = 256", "layer_input_width = 128", "layer_input_width of 256 only"),
        ("shared_kv_layers = 10", "shared_kv_layers = 5", "first 20 layers"),
        ("layers = 30", "leyers = 30", "unknown key leyers"),
        ("layers = 30\n", "", "missing key layers"),
        ("layers = 30", 'layers = "30"', "layers must be a int"),
        ("layers = 30", "layers = true", "layers must be a int"),
        ("layers = 30", "layers = 0", "layers is 0"),
        ("kv_heads = 3", "kv_heads = 2", "9 heads cannot share 2"),
        ('chat_format = "chatml"', 'chat_format = "alpaca"', "chat_format 'alpaca'"),
        ("layers = 30", "layers = ", "specs.toml"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load_specs(_changed(tmp_path, old, new))


def test_a_top_level_key_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "specs.toml"
    path.write_text("layers = 3\n")
    with pytest.raises(InputError, match="wanted a table"):
        load_specs(path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"token_embd.weight" = "Q4_K"', '"output.weight" = "Q4_K"', "output.weight, which gemma3n does not have"),
        ('"token_embd.weight" = "Q4_K"', '"token_embd.weight" = "Q9_X"', "Unknown tensor type 'Q9_X'"),
    ],
)
def test_a_wrong_type_override_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    spec = find_spec("gemma-3n-e2b", _changed(tmp_path, old, new))
    with pytest.raises(InputError, match=said):
        typed_tensors(spec)


def test_no_tensor_is_named_twice() -> None:
    for spec in load_specs().values():
        names = [name for name, _ in tensors_of(spec)]
        assert len(names) == len(set(names))


def test_a_header_says_what_it_lacks() -> None:
    with pytest.raises(InputError, match=r"no llama\.block_count"):
        Header({"general.architecture": "llama"}, (), 0, 0).number("block_count")
