"""llama.cpp's words about its buffers, and what the process holds."""

import sys

import pytest

from sims.footprint import Buffers, process_memory, read_buffers

_LOAD = """load_tensors:   CPU_Mapped model buffer size =    98.87 MiB
load_tensors:   CPU_REPACK model buffer size =    40.50 MiB
llama_context:        CPU  output buffer size =     0.19 MiB
llama_kv_cache:        CPU KV buffer size =    45.00 MiB
llama_context:        CPU compute buffer size =    98.25 MiB
"""


def test_buffers_are_summed_by_kind() -> None:
    found = read_buffers(_LOAD)
    assert found == Buffers(kv=45.0, compute=98.44, weights=139.37)


def test_a_cache_of_two_kinds_counts_twice_and_a_compute_buffer_made_larger_once() -> None:
    text = _LOAD + "llama_kv_cache:        CPU KV buffer size =    12.00 MiB\n"
    text += "llama_context:        CPU compute buffer size =   120.00 MiB\n"
    found = read_buffers(text)
    assert found.kv == 57.0 and found.compute == pytest.approx(120.19)


def test_other_words_are_no_buffers() -> None:
    assert read_buffers("llama_kv_cache: size = 45.00 MiB (4096 cells)\nnothing\n") == Buffers()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_process_holds_something() -> None:
    found = process_memory()
    assert found["rss_mb"] > 0 and found["anonymous_mb"] + found["file_mb"] <= found["rss_mb"] + 1
