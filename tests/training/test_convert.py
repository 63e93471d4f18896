"""Merge, convert, quantise: the small steps and their failures (the whole way is `pytest -m conversion`)."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from line.errors import InputError, MissingError
from line.llama import Model
from training.catalogue import entry
from training.convert import merge, quantise, stamp, to_gguf
from training.converter import run_converter, tools_dir, unpack
from training.errors import TrainingError
from training.text_part import extract_text, has_other_parts
from training.tiny import write_tiny

LAYOUT = "llama_cpp_python-9/vendor/llama.cpp/"


def test_a_stamped_header_keeps_the_rest(tiny_gguf: Path, tmp_path: Path) -> None:
    stamp(tiny_gguf, tmp_path / "out.gguf", {"josi.version": "1.2.3", "general.name": "Other"})
    with Model(tmp_path / "out.gguf") as model:
        header = model.metadata()
        tokens = model.tokenize("<|im_start|>")
    assert (header["josi.version"], header["general.name"], header["josi.role"]) == ("1.2.3", "Other", "interpreter")
    assert len(tokens) == 1


def test_a_quantised_file_is_smaller_and_loads(tiny_gguf: Path, tmp_path: Path) -> None:
    quantise(tiny_gguf, tmp_path / "q8.gguf", "Q8_0", threads=1)
    assert (tmp_path / "q8.gguf").stat().st_size < 0.75 * tiny_gguf.stat().st_size
    with Model(tmp_path / "q8.gguf") as model:
        assert model.metadata()["general.file_type"] == "7"
        assert model.metadata()["josi.role"] == "interpreter"


def test_a_corrupt_gguf_is_not_quantised(tiny_gguf: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(tiny_gguf.read_bytes()[:20_000])
    with pytest.raises(TrainingError, match=r"could not quantise .*bad\.gguf to Q8_0"):
        quantise(bad, tmp_path / "q8.gguf", "Q8_0", threads=1)
    assert not (tmp_path / "q8.gguf").exists()


def test_a_corrupt_checkpoint_is_not_converted(tiny_checkpoint: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    merge(tiny_checkpoint, None, bad)
    weights = bad / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(TrainingError, match=r"convert_hf_to_gguf\.py failed \(exit code 1\):\n.*\w"):
        to_gguf(bad, tmp_path / "out.gguf", {})
    assert not (tmp_path / "out.gguf").exists()


def test_merging_keeps_the_tokenizer_as_published(tiny_checkpoint: Path, tmp_path: Path) -> None:
    merge(tiny_checkpoint, None, tmp_path / "merged")
    for name in ("tokenizer.model", "tokenizer_config.json", "chat_template.jinja"):
        assert (tmp_path / "merged" / name).read_bytes() == (tiny_checkpoint / name).read_bytes()


def test_without_the_converters_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOSI_CACHE", str(tmp_path))
    with pytest.raises(MissingError, match=r"converters are not in .*bootstrap\.sh setup"):
        run_converter("convert_hf_to_gguf.py")


def test_only_the_converters_are_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "sdist.tar.gz"
    names = ["convert_hf_to_gguf.py", "conversion/base.py", "gguf-py/gguf/x.py", "src/llama.cpp", "conversion/../../e"]
    with tarfile.open(archive, "w:gz") as tar:
        for name in [*(LAYOUT + name for name in names), "llama_cpp_python-9/setup.py", "../outside"]:
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(tarfile.FilterError):
        unpack(archive, tmp_path / "cache" / "tools")
    assert not (tmp_path / "cache" / "tools").exists() and not (tmp_path / "e").exists()


def test_the_unpacked_converters_are_those_of_the_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from training.converter import runtime_version

    archive = tmp_path / "sdist.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in (LAYOUT + "convert_hf_to_gguf.py", LAYOUT + "src/llama.cpp", "llama_cpp_python-9/setup.py"):
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    folder = tmp_path / f"llama.cpp-{runtime_version()}"
    unpack(archive, folder)
    assert [path.name for path in folder.rglob("*")] == ["convert_hf_to_gguf.py"]
    monkeypatch.setenv("JOSI_CACHE", str(tmp_path))
    assert tools_dir() == folder


def test_the_text_part_of_a_model_that_sees_and_hears(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    write_tiny(entry("gemma-3n-e2b"), tmp_path / "whole", width=64)
    assert has_other_parts(tmp_path / "whole")
    extract_text(tmp_path / "whole", tmp_path / "text")
    assert not has_other_parts(tmp_path / "text")
    config = json.loads((tmp_path / "text" / "config.json").read_text())
    assert (config["architectures"], config["model_type"]) == (["Gemma3nForCausalLM"], "gemma3n_text")
    names = {name for path in (tmp_path / "text").glob("*.safetensors") for name in load_file(path)}
    assert "model.embed_tokens.weight" in names and "model.layers.21.self_attn.k_proj.weight" in names
    assert not any("tower" in name or "language_model" in name for name in names)
    assert (tmp_path / "text" / "tokenizer.model").is_file()


def test_a_checkpoint_without_a_text_part_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["X"], "text_config": {}}), encoding="utf-8")
    with pytest.raises(InputError, match="holds no weights named"):
        extract_text(tmp_path, tmp_path / "out")
