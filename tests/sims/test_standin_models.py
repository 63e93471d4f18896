"""Small models of each architecture: llama.cpp chooses the same types, loads them, and an app can live with them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader

from grammars.build import DECISION
from josi.chat_format import detect
from line.chat import Chat, render
from line.errors import InputError, MissingError, StageError
from line.llama import Adapter, Context, Model
from sims.ggml import Tensor
from sims.header import read_header
from sims.standin import write
from sims.standin.layout import tensors_of
from sims.standin.metadata import write_metadata
from sims.standin.mix import q4_k_m, typed_tensors, use_more_bits
from sims.standin.spec import Spec, find_spec
from sims.standin.vocabulary import Vocabulary, vocabulary
from training.catalogue import entry, locate
from training.convert import quantise

SMALL = {"layers": 9, "width": 256, "ff": 512, "heads": 4, "kv_heads": 2, "head_width": 64, "context": 2048}
FAMILIES = {"smollm2-135m": {}, "qwen2.5-3b": {}, "llama-3.2-3b": {"rope_factors": 32}, "phi-4-mini": {}}
FAMILIES["phi-4-mini"] = {"rope_width": 48, "rope_factors": 24}
FAMILIES["gemma-3n-e2b"] = {"layers": 5, "shared_kv_layers": 0, "kv_heads": 1}
every_family = pytest.mark.parametrize("name", FAMILIES)


@pytest.fixture(scope="module")
def donor() -> Path:
    return locate(entry("smollm2-135m"))


def _small(name: str) -> Spec:
    spec = find_spec(name)
    merges = 49000 if spec.merges else 0
    return replace(spec, vocabulary=50000, merges=merges, types={}, **{**SMALL, **FAMILIES[name]})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, donor: Path) -> Mapping[str, Path]:
    out = tmp_path_factory.mktemp("standins")
    return {name: write.make_model(_small(name), out, donor=donor) for name in FAMILIES}


@every_family
def test_the_types_are_those_that_llama_cpp_chooses(name: str, tmp_path: Path) -> None:
    spec = replace(_small(name), vocabulary=64)
    words = Vocabulary("gpt2", "smollm", [f"t{i}" for i in range(64)], [1] * 64, [], [], "", _NO_SPECIALS)
    tensors = [Tensor(n, shape, _unquantised(n, shape)) for n, shape in tensors_of(spec)]
    plain, quantised = tmp_path / "f16.gguf", tmp_path / "q4_k_m.gguf"
    write.write_gguf(plain, spec.architecture, tensors, lambda w: write_metadata(w, spec, words, 0))
    quantise(plain, quantised, "Q4_K_M")
    assert {t.name: t for t in read_header(quantised).tensors} == {t.name: t for t in typed_tensors(spec)}


_NO_SPECIALS = {"bos": 0, "eos": 1, "eot": 1, "padding": 1}


def _unquantised(name: str, shape: tuple[int, ...]) -> str:
    """As the converter writes an F16 file."""
    return "F32" if len(shape) == 1 or "altup_correct_coef" in name or "altup_predict_coef" in name else "F16"


def test_rows_that_are_no_whole_blocks_fall_back() -> None:
    named = [
        ("token_embd.weight", (576, 8)),
        ("blk.0.attn_q.weight", (576, 8)),
        ("blk.0.attn_v.weight", (576, 8)),
        ("blk.0.ffn_down.weight", (1536, 8)),
    ]
    assert [t.type for t in q4_k_m(named, 8)] == ["Q8_0", "Q5_0", "Q8_0", "Q6_K"]


def test_more_bits_go_to_both_ends_and_every_third_between() -> None:
    assert [i for i in range(24) if use_more_bits(i, 24)] == [0, 1, 2, 5, 8, 11, 14, 17, 20, 21, 22, 23]


def test_an_untied_output_leaves_the_embeddings_alone() -> None:
    named = [("token_embd.weight", (256, 8)), ("output.weight", (256, 8))]
    assert [t.type for t in q4_k_m(named, 1)] == ["Q4_K", "Q6_K"]


def test_the_header_reads_as_the_gguf_package_reads_it(made: Mapping[str, Path]) -> None:
    name = "gemma-3n-e2b"  # the one with every kind of tensor and list
    header, known = read_header(made[name]), GGUFReader(made[name])
    assert [(t.name, t.shape, t.type) for t in header.tensors] == [
        (t.name, tuple(int(n) for n in t.shape), t.tensor_type.name) for t in known.tensors
    ]
    assert header.data_offset == known.data_offset
    assert sum(t.bytes for t in header.tensors) == sum(int(t.n_bytes) for t in known.tensors)
    assert header.strings("tokenizer.ggml.tokens").count == _small(name).vocabulary


@every_family
def test_the_predicted_header_is_that_of_the_file(name: str, made: Mapping[str, Path], donor: Path) -> None:
    told, read = write.spec_header(_small(name), donor), read_header(made[name])
    assert (told.tensors, told.file_bytes, told.data_offset) == (read.tensors, read.file_bytes, read.data_offset)


@every_family
def test_it_lives_an_apps_turn(name: str, made: Mapping[str, Path]) -> None:
    messages = [{"role": "system", "content": "Coach."}, {"role": "user", "content": "Ran 10 km, é ✓ 漢字 🏃"}]
    with Model(made[name], use_mmap=False) as model, Context(model, n_ctx=512) as context:
        assert detect(model.chat_template()) == _small(name).chat_format
        chat, prompt = Chat(context), render(model, messages)
        reply = chat.reply(prompt, max_tokens=8)
        assert reply.new_tokens == 8 and reply.text.strip()
        again = chat.reply(prompt, max_tokens=12, grammar=DECISION.read_text(encoding="utf-8"))
        assert again.cached_tokens == reply.prompt_tokens - 1 and again.text.startswith("{")
        logits = context.logits(0)
        assert np.isfinite(logits).all() and logits.std() > 0.05


@every_family
def test_any_text_survives_the_vocabulary(name: str, made: Mapping[str, Path]) -> None:
    text = "Intervals: 5×1000 m @ 4'10\"/km – «très dur» 漢字\t🏃\n\x07"
    with Model(made[name], vocab_only=True) as model:
        tokens = model.tokenize(text, special=False)
        assert b"".join(model.piece(t) for t in tokens).decode() == text
        assert len(tokens) < 2 * len(text)
        closing = model.tokenize(render(model, [{"role": "user", "content": "x"}]))
        assert any(model.is_eog(t) for t in closing)


@every_family
def test_its_adapters_load_and_change_the_answer(name: str, made: Mapping[str, Path], tmp_path: Path) -> None:
    path = write.make_adapter(_small(name), tmp_path, rank=4, seed=1)
    assert write.adapter_header(_small(name), 4).tensors == read_header(path).tensors
    with Model(made[name], use_mmap=False) as model, Context(model, n_ctx=256) as context:
        tokens = model.tokenize("A long run on Sunday")
        rows = []
        for adapter in (None, Adapter(model, path)):
            context.set_adapter(adapter)
            context.clear()
            context.decode(tokens, range(len(tokens)), [0] * len(tokens), [False] * (len(tokens) - 1) + [True])
            rows.append(context.logits(len(tokens) - 1).copy())
        assert np.isfinite(rows[1]).all() and not np.allclose(rows[0], rows[1])


def test_the_same_seed_makes_the_same_file(made: Mapping[str, Path], donor: Path, tmp_path: Path) -> None:
    again = write.make_model(_small("smollm2-135m"), tmp_path / "a", donor=donor)
    other = write.make_model(_small("smollm2-135m"), tmp_path / "b", donor=donor, seed=1)
    assert again.read_bytes() == made["smollm2-135m"].read_bytes() != other.read_bytes()


def test_an_interrupt_leaves_nothing_and_the_old_file_whole(donor: Path, tmp_path: Path) -> None:
    old = tmp_path / "smollm2-135m.standin.gguf"
    old.write_bytes(b"old")

    def interrupt(done: int, _total: int) -> None:
        if done > 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write.make_model(_small("smollm2-135m"), tmp_path, donor=donor, show=interrupt)
    assert [p.name for p in tmp_path.iterdir()] == [old.name] and old.read_bytes() == b"old"


def test_what_a_killed_writer_left_is_swept(donor: Path, tmp_path: Path) -> None:
    left = tmp_path / f".smollm2-135m.standin.gguf.{2**22 + 1}.part"  # above the kernel's highest process id
    left.write_bytes(b"half")
    write.make_model(_small("smollm2-135m"), tmp_path, donor=donor)
    assert [path.name for path in tmp_path.iterdir()] == ["smollm2-135m.standin.gguf"]


def test_a_full_disk_is_said_before_anything_is_written(
    donor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "_SPARE", 1 << 60)
    with pytest.raises(StageError, match="MB free. Free some"):
        write.make_model(_small("smollm2-135m"), tmp_path / "new", donor=donor)
    assert not (tmp_path / "new").exists()


def test_what_cannot_be_made_is_refused(donor: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="smaller than the donor"):
        vocabulary(replace(_small("qwen2.5-3b"), vocabulary=1000), donor)
    with pytest.raises(InputError, match="rank of at least 1"):
        write.make_adapter(_small("smollm2-135m"), tmp_path, rank=0)
    with pytest.raises(MissingError, match="No GGUF at"):
        vocabulary(_small("qwen2.5-3b"), tmp_path / "absent.gguf")


def test_a_cut_or_foreign_file_is_refused(made: Mapping[str, Path], tmp_path: Path) -> None:
    whole, path = made["smollm2-135m"].read_bytes(), tmp_path / "cut.gguf"
    for size in (3, 4, 10, 24, 100, 5000, 900_000):
        path.write_bytes(whole[:size])
        with pytest.raises(InputError, match=r"cut\.gguf"):
            read_header(path)
    path.write_bytes(b"PK\x03\x04 something else")
    with pytest.raises(InputError, match="not a GGUF"):
        read_header(path)
    path.write_bytes(whole[:4] + b"\x09\x00\x00\x00" + whole[8:100])
    with pytest.raises(InputError, match="version 9"):
        read_header(path)
