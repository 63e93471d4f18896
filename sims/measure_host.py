"""Times a GGUF on this host, in a process of its own: a damaged model takes only this one along.

    python3 -m sims.measure_host MODEL THREADS REPEATS PROMPT NEW TRIES

Writes a JSON line with `build`, then one a try: `prefill_tps`, `decode_tps`, and `noise`, why the machine was not quiet
meanwhile ("" when it was). Ends after REPEATS quiet tries, or after TRIES.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from line.binding import build_info
from line.errors import JosiError
from line.llama import Context, Model
from sims.quiet import load_between, read_cpu
from sims.tiers import load_timing

_TOKEN = 5  # any: timing does not depend on what is written


def main(arguments: list[str]) -> int:
    """Measures and prints; 2 with the reason on stderr where llama.cpp refuses the model."""
    path = Path(arguments[0])
    threads, repeats, prompt, new, tries = (int(word) for word in arguments[1:])
    try:
        with (
            Model(path, use_mmap=False) as model,
            Context(model, n_ctx=prompt + new, n_batch=prompt, threads=threads) as context,
        ):
            print(json.dumps({"build": build_info()}), flush=True)
            _try(context, prompt, new)  # warms caches and threads up
            quiet = 0
            for _ in range(tries):
                seen = _try(context, prompt, new)
                print(json.dumps(seen), flush=True)
                quiet += not seen["noise"]
                if quiet == repeats:
                    break
    except JosiError as error:
        print(str(error).replace("\n", " "), file=sys.stderr)
        return 2
    return 0


def _try(context: Context, prompt: int, new: int) -> dict[str, float | str]:
    before, own = read_cpu(), time.process_time()
    seen: dict[str, float | str] = {"prefill_tps": _prefill(context, prompt), "decode_tps": _decode(context, new)}
    load = load_between(before, read_cpu(), time.process_time() - own)
    return {**seen, "noise": str(load) if load.too_much(load_timing()) else ""}


def _prefill(context: Context, tokens: int) -> float:
    context.clear()
    start = time.perf_counter()
    last = tokens - 1
    context.decode([_TOKEN] * tokens, range(tokens), [0] * tokens, [at == last for at in range(tokens)])
    context.logits(last)
    return tokens / (time.perf_counter() - start)


def _decode(context: Context, tokens: int) -> float:
    """Tokens/s, written one by one into an empty cache."""
    context.clear()
    start = time.perf_counter()
    for at in range(tokens):
        context.decode([_TOKEN], [at], [0], [True])
        context.logits(0)
    return tokens / (time.perf_counter() - start)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
