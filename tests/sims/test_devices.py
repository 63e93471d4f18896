"""Phones as data: what is there, and that no figure comes without a source."""

from collections.abc import Callable
from pathlib import Path

import pytest

from line.errors import InputError
from sims.devices import DEVICES_FILE, find_device, load_devices, sources_of
from sims.fit import PUBLISHED_FILE, load_bands, load_published

DATA = DEVICES_FILE.read_text(encoding="utf-8")


def test_the_plans_phones_are_there_and_every_class_of_memory() -> None:
    devices = load_devices()
    assert {"galaxy-s24-ultra", "pixel-9-pro", "pixel-7a", "galaxy-a54", "pixel-4a", "oneplus-12"} <= set(devices)
    assert {2, 3, 4, 6, 8, 12} <= {gb for device in devices.values() for gb in device.ram_gb}


def test_every_source_is_used_and_says_what_kind_it_is() -> None:
    used = {key for device in load_devices().values() for key in device.source.values()}
    assert set(sources_of()) == used | {"aosp_lmkd", "arm_guide", "oryon", "power"}


def test_a_low_ram_phone_has_the_killers_low_ram_settings() -> None:
    low, standard = find_device("galaxy-a03-core").killer, find_device("oneplus-12").killer
    assert (low.psi_partial_stall_ms, low.thrashing_limit_percent) == (200, 30)
    assert (standard.psi_partial_stall_ms, standard.thrashing_limit_percent) == (70, 100)
    assert low.psi_complete_stall_ms == standard.psi_complete_stall_ms == 700


def test_clusters_come_fastest_first_and_little_cores_get_no_thread() -> None:
    phone = find_device("pixel-7a")
    assert [c.core for c in phone.clusters] == ["Cortex-X1", "Cortex-A78", "Cortex-A55"]
    assert [c.core for c in phone.big_cores] == ["Cortex-X1", "Cortex-A78"]
    assert [c.ghz for c in find_device("galaxy-a12").big_cores] == [2.3]
    assert phone.battery_wh == pytest.approx(16.97, abs=0.01)


@pytest.mark.parametrize("name", ["pixel-7a", "Pixel 7a", "GOOGLE PIXEL 7A", "pixel7A"])
def test_a_phone_is_found_however_it_is_spelt(name: str) -> None:
    assert find_device(name).key == "pixel-7a"


@pytest.mark.parametrize("name", ["", "Nokia 3310", "pixel", "galaxy s2", "…", "../../etc/passwd"])
def test_an_unknown_or_ambiguous_phone_lists_those_there_are(name: str) -> None:
    with pytest.raises(InputError, match="oneplus-12"):
        find_device(name)


def drop(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (drop('battery_mah = "maker", ', ""), "no source for battery_mah"),
        (drop('battery_mah = "maker"', 'battery_mah = "hearsay"'), "battery_mah = hearsay"),
        (drop('ram_gb = "maker"', 'ram_gb = "maker", colour = "maker"'), "colour = maker"),
        (drop("battery_mah = 5000", "battery_mah = 0"), "battery_mah is 0"),
        (drop("battery_mah = 5000", 'battery_mah = "5000"'), "battery_mah is '5000', of the wrong type"),
        (drop("ram_gb = [2]", "ram_gb = 2"), "ram_gb is 2, of the wrong type"),
        (drop("memory_gbps = 7.5", "memory_gbps = nan"), "memory_gbps is nan"),
        (drop("ghz = 1.6", "ghz = -1.6"), "clusters is -1.6"),
        (drop("battery_v = 3.85\n", ""), "missing or unknown: battery_v"),
        (drop('soc = "Unisoc SC9863A"', 'soc = "Unisoc SC9863A"\nnpu = 1'), "missing or unknown: npu"),
        (drop('core = "Cortex-A55", ghz = 1.6', 'core = "Cortex-A56", ghz = 1.6'), "Cortex-A56"),
        (drop('kind = "published", text', 'kind = "rumour", text'), "maker"),
        (drop("thrashing_limit_percent = 100\n", ""), "thrashing_limit_percent"),
        (lambda text: text + "\n[", "Invalid"),
    ],
)
def test_bad_data_is_named(tmp_path: Path, change: Callable[[str], str], said: str) -> None:
    path = tmp_path / "devices.toml"
    path.write_text(change(DATA), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        load_devices(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (drop("decode_tps = 19.2\n", "decode_tps = -19.2\n"), "figure 1 is -19.2"),
        (drop('device = "oneplus-12"', 'device = "oneplus-13"'), "oneplus-13"),
        (drop('source = "meta-llama/Llama-3.2-1B-Instruct, model card on', 'origin = "'), "figure 1: missing"),
    ],
)
def test_bad_published_data_is_named(tmp_path: Path, change: Callable[[str], str], said: str) -> None:
    path = tmp_path / "published.toml"
    path.write_text(change(PUBLISHED_FILE.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        load_published(path)


def test_the_bits_of_a_format_give_the_published_file_sizes() -> None:
    """Bytes read are reckoned, not published: held to the sizes of the same table, in MB of 1024²."""
    held = [figure for figure in load_published() if figure.file_mib]
    assert len(held) == 6
    for figure in held:
        copies = 1 if "bf16" in figure.label else 2  # the quantised files hold embedding and head apart
        size = figure.cost.layer_bytes + copies * figure.cost.head_bytes
        assert size / 2**20 == pytest.approx(figure.file_mib, rel=0.01), figure.label


def test_bands_hold_the_projection_itself() -> None:
    for name, band in load_bands().items():
        for low, high in (band.decode, band.prefill):
            assert 0 < low < 1 < high, name
