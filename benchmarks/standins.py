"""Predicted memory against what a phone's container was charged, for each stand-in and the real model.

    python benchmarks/standins.py process                  # the agent before it loads a model
    python benchmarks/standins.py log NAME [--context N]   # llama.cpp's own account of its buffers, and ours
    python benchmarks/standins.py run NAME [--mmap] [--budget-mb N]   # makes the stand-in and runs it
    python benchmarks/standins.py table                    # all that was run, as Markdown

`run` takes the configurations of `sims.standin.measure.RUNS`, lives two short turns in each, appends to
OUT/standins.jsonl, and removes the model. The machine should be idle and have the memory that the prediction names.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from line.paths import out_dir
from release.line import Line
from sims.header import read_header
from sims.standin.measure import REAL, RUNS, markdown, measure, release_files, standin_files
from sims.standin.memory import MB, Runtime, predict_memory
from sims.standin.spec import find_spec
from sims.standin.vocabulary import donor
from sims.standin.write import make_model

RESULTS = "standins.jsonl"
_PROCESS = """
from pathlib import Path
import sims.agent
from line.binding import lib
lib()
status = dict(l.split(":", 1) for l in Path("/proc/self/status").read_text().splitlines())
print(*(int(status[k].split()[0]) for k in ("RssAnon", "RssFile")))
"""


def run(name: str, mmap: bool, only: str, budget_mb: int | None, out: Path) -> None:
    """Every configuration of one model, or one of them."""
    with tempfile.TemporaryDirectory(prefix=".standin-", dir=out) as folder:
        files = release_files(Line().phones.models) if name == REAL else standin_files(name, Path(folder))
        for configuration, context in RUNS[name].items():
            if only in ("", configuration):
                row = measure(name, files, configuration, context, mmap=mmap, out=out, budget_mb=budget_mb)
                with (out / RESULTS).open("a", encoding="utf-8") as log:
                    log.write(json.dumps(row) + "\n")
                print(row["message"], markdown([row]), sep="\n", flush=True)


def process() -> None:
    """Memory of the agent with llama.cpp loaded and no model, in MB."""
    command = [sys.executable, "-c", _PROCESS]
    anonymous, file = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    print(f"agent without a model: {int(anonymous) / 1024:.1f} MB anonymous, {int(file) / 1024:.1f} MB of files")


def log(name: str, context: int, out: Path) -> None:
    """llama.cpp's log of its buffers above the prediction's parts."""
    from line.binding import lib
    from line.llama import Context, Model

    lines: list[str] = []
    keep = lib().llama_log_callback(lambda _level, text, _data: lines.append(text.decode("utf-8", "replace")))
    lib().llama_log_set(keep, ctypes.c_void_p(0))
    with tempfile.TemporaryDirectory(prefix=".standin-", dir=out) as folder:
        path = make_model(find_spec(name), Path(folder), donor=donor())
        told = predict_memory(read_header(path), Runtime(context=context))
        with Model(path, use_mmap=False) as model, Context(model, n_ctx=context):
            pass
    print(*(line for line in "".join(lines).splitlines() if re.search(r"buffer size", line)), sep="\n")
    print(f"predicted: weights {told.weights / MB:.2f}, KV {told.kv / MB:.2f}, touched {told.compute / MB:.2f} MiB")


def main() -> None:
    """See the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=("process", "log", "run", "table"))
    parser.add_argument("name", nargs="?", default="smollm2-135m", choices=tuple(RUNS))
    parser.add_argument("--context", type=int, default=2048)
    parser.add_argument("--configuration", default="")
    parser.add_argument("--mmap", action="store_true")
    parser.add_argument("--budget-mb", type=int)
    given = parser.parse_args()
    out = out_dir()
    out.mkdir(parents=True, exist_ok=True)
    if given.what == "process":
        process()
    elif given.what == "log":
        log(given.name, given.context, out)
    elif given.what == "run":
        run(given.name, given.mmap, given.configuration, given.budget_mb, out)
    else:
        print(markdown([json.loads(line) for line in (out / RESULTS).read_text(encoding="utf-8").splitlines()]))


if __name__ == "__main__":
    main()
