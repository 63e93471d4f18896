"""llama.cpp as Python objects: what fails says why, what works agrees with itself."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from line import binding, llama
from line.errors import InputError, MissingError, StageError
from line.llama import Adapter, Context, Logits, Model
from line.other_build import other_build

TEXT = "Easy run, 45 min — café 🏃\n\tzones 1-2"


def _last_logits(context: Context, tokens: Sequence[int], at: int = 0, seq: int = 0) -> Logits:
    count = len(tokens)
    context.decode(tokens, range(at, at + count), [seq] * count, [False] * (count - 1) + [True])
    return context.logits(count - 1).copy()


def test_a_missing_model_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"none\.gguf.*josi convert"):
        Model(tmp_path / "none.gguf")
    with pytest.raises(MissingError):
        Model(tmp_path)


@pytest.mark.parametrize("content", [b"", b"GG", b"PK\x03\x04" + b"\x00" * 100, b"not a model at all"])
def test_what_is_no_gguf_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.gguf"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"odd\.gguf is not a GGUF"):
        Model(path)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.999], ids=["magic", "header", "half", "almost"])
def test_a_truncated_gguf_is_refused(tiny_gguf: Path, tmp_path: Path, share: float) -> None:
    data = tiny_gguf.read_bytes()
    path = tmp_path / "cut.gguf"
    path.write_bytes(data[: max(4, int(len(data) * share))])
    with pytest.raises(InputError, match=r"cut\.gguf is not a GGUF that llama\.cpp can load: \w"):
        Model(path)


def test_tokens_and_back(tiny_model: Model) -> None:
    tokens = tiny_model.tokenize(TEXT)
    assert b"".join(tiny_model.piece(t) for t in tokens).decode() == TEXT
    assert tiny_model.tokenize("") == []


def test_control_tokens_are_read_only_where_asked(tiny_model: Model) -> None:
    (stop,) = tiny_model.tokenize("<|im_end|>")
    assert tiny_model.is_eog(stop)
    assert tiny_model.piece(stop) == b"" and tiny_model.piece(stop, special=True) == b"<|im_end|>"
    plain = tiny_model.tokenize("<|im_end|>", special=False)
    assert stop not in plain and len(plain) > 1
    assert not any(tiny_model.is_eog(t) for t in plain)


def test_half_a_surrogate_pair_is_no_crash(tiny_model: Model) -> None:
    tokens = tiny_model.tokenize("run \ud83c now")
    assert b"run" in b"".join(tiny_model.piece(t) for t in tokens)


def test_the_header_is_readable(tiny_model: Model) -> None:
    header = tiny_model.metadata()
    assert header["general.architecture"] == "llama"
    assert header["general.name"] == "Tiny" and header["josi.role"] == "interpreter"
    assert "<|im_start|>" in tiny_model.chat_template()


def test_closing_twice_is_harmless(tiny_gguf: Path) -> None:
    model = Model(tiny_gguf)
    context = Context(model, n_ctx=256, threads=1)
    for owned in (context, context, model, model):
        owned.close()


def test_a_prompt_in_pieces_gives_the_same_logits(tiny_model: Model) -> None:
    tokens = tiny_model.tokenize(TEXT)
    with Context(tiny_model, n_ctx=256, threads=1) as context:
        whole = _last_logits(context, tokens)
        context.clear()
        _last_logits(context, tokens[:5])
        pieces = _last_logits(context, tokens[5:], at=5)
    assert whole.shape == (tiny_model.n_vocab,)
    np.testing.assert_allclose(pieces, whole, atol=0.02)


def test_a_copied_sequence_goes_on_like_its_source(tiny_model: Model) -> None:
    tokens = tiny_model.tokenize(TEXT)
    with Context(tiny_model, n_ctx=512, threads=1, n_seq=2) as context:
        whole = _last_logits(context, tokens)
        context.clear()
        _last_logits(context, tokens[:-1])
        context.seq_cp(0, 1)
        copied = _last_logits(context, tokens[-1:], at=len(tokens) - 1, seq=1)
    np.testing.assert_allclose(copied, whole, atol=0.02)


def test_what_the_cache_still_holds_of_a_sequence(tiny_model: Model) -> None:
    with Context(tiny_model, n_ctx=512, threads=1, n_seq=2) as context:
        assert context.first_position(1) == -1
        _last_logits(context, tiny_model.tokenize(TEXT), seq=1)
        assert context.first_position(1) == 0
        context.seq_rm(1, 0, 3)
        assert context.first_position(1) == 3


def test_the_other_build_is_found_or_missed_clearly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert any(other_build().glob("libllama*"))
    monkeypatch.setenv("JOSI_CACHE", str(tmp_path))
    with pytest.raises(MissingError, match=r"other build of llama\.cpp.*bootstrap\.sh setup"):
        other_build()


def test_a_full_cache_is_an_error(tiny_model: Model) -> None:
    with Context(tiny_model, n_ctx=256, threads=1, n_batch=256) as context:
        _last_logits(context, [5] * 256)
        with pytest.raises(StageError, match="KV cache is full"):
            _last_logits(context, [5], at=256)


def test_an_adapter_changes_the_answer_and_can_be_taken_off(
    tiny_model: Model, tiny_adapters: tuple[Path, Path]
) -> None:
    tokens = tiny_model.tokenize(TEXT)
    found = []
    with Context(tiny_model, n_ctx=256, threads=1) as context:
        first, second = (Adapter(tiny_model, path) for path in tiny_adapters)
        for adapter in (None, first, second, None, first):
            context.set_adapter(adapter)
            context.clear()
            found.append(_last_logits(context, tokens))
    base, one, two, base_again, one_again = found
    np.testing.assert_allclose(base_again, base, atol=1e-3)
    np.testing.assert_allclose(one_again, one, atol=1e-3)
    assert min(np.abs(one - base).max(), np.abs(two - base).max(), np.abs(one - two).max()) > 0.1


def test_adapters_that_do_not_fit(tiny_model: Model, tiny_gguf: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="No adapter"):
        Adapter(tiny_model, tmp_path / "none.gguf")
    with pytest.raises(InputError, match="no LoRA adapter for"):
        Adapter(tiny_model, tiny_gguf)


def test_an_option_that_the_build_lacks_is_named() -> None:
    params = binding.lib().llama_model_default_params()
    with pytest.raises(StageError, match=r"no warp_speed in llama_model_params"):
        llama._fill(params, warp_speed=9)


def test_without_llama_cpp_there_is_one_clear_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binding.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(MissingError, match="llama.cpp is not installed"):
        binding._import_low_level()


def test_the_build_names_its_version_and_features() -> None:
    version, *features = binding.build_info().split()
    assert version[0].isdigit() and features == sorted(features) and features


def test_llama_cpps_words_are_kept_until_read(tiny_gguf: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(tiny_gguf.read_bytes()[:5000])
    with pytest.raises(InputError):
        Model(path)
    assert binding.last_messages() == "llama.cpp gave no reason"
