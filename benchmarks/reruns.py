"""Is a re-run of the same model ever called a regression? Real re-runs, shuffled, against the first.

    python benchmarks/reruns.py                             # 100 re-runs of 60 prompts (about 20 minutes on 2 cores)
    python benchmarks/reruns.py --reruns 10 --prompts 200

Each re-run takes the prompts in another order and in batches of another size, so that each answer has other neighbours.
A share of the answers changes by rounding alone; the comparison with the baseline must not call that a regression.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import asdict, replace

from rich.console import Console
from rich.progress import track

from evals.baseline import regressions
from evals.engine import Completion, EngineSettings, generate
from evals.judge import judge
from evals.paired import compare_samples
from evals.predictions import Sample
from evals.run import as_prediction, jobs_of, threads
from release.line import Line
from release.settings import load_settings


def main() -> None:
    """Runs, compares and prints one line of figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=60)
    parser.add_argument("--reruns", type=int, default=100)
    options = parser.parse_args()
    line = Line(load_settings(prompts=options.prompts))
    model, cases = line.role_model("interpreter"), line.cases["prompts"]
    jobs = jobs_of(model, cases)
    settings = EngineSettings(model.max_tokens, model.grammar, threads=threads())

    def samples(answers: list[Completion]) -> list[Sample]:
        told = [as_prediction(asdict(answer)) for answer in answers]
        return judge("interpreter", cases, told, line.thresholds).samples

    first = samples(generate(model.model, jobs, settings))
    called, texts, scores = 0, 0, 0
    for number in track(range(options.reruns), "re-runs"):
        dice = random.Random(number)
        shuffled = dice.sample(jobs, len(jobs))
        again = samples(generate(model.model, shuffled, replace(settings, parallel=dice.randint(2, 40))))
        called += bool(regressions(compare_samples(again, first, line.thresholds)))
        texts += sum(a.raw != b.raw for a, b in zip(first, again, strict=True))
        scores += sum(a.outcomes != b.outcomes for a, b in zip(first, again, strict=True))
    total = options.reruns * len(jobs)
    Console().print(
        f"{options.reruns} re-runs of {len(jobs)} prompts: {called} called a regression; "
        f"{texts / total:.2%} of the answers and {scores / total:.2%} of their scores changed"
    )


if __name__ == "__main__":
    main()
