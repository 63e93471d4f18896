"""A temperature's draws follow the softmax and depend on seed, sample and position alone."""

import numpy as np
import pytest
from scipy import stats

from evals.sampling import Sampler

LOGITS = np.array([2.0, 1.0, 0.0, -1.0], dtype=np.float32)


def draws(sampler: Sampler, n: int, allowed: list[int]) -> list[int]:
    masked = [sampler.perturbed(LOGITS, f"sample {i}", 3)[allowed] for i in range(n)]
    return [allowed[int(row.argmax())] for row in masked]


def test_greedy_touches_nothing() -> None:
    assert Sampler().perturbed(LOGITS, "a", 0) is LOGITS


@pytest.mark.parametrize("temperature", [0.45, 1.0, 2.0])
@pytest.mark.parametrize("allowed", [[0, 1, 2, 3], [1, 3]])
def test_the_draws_follow_the_softmax_of_what_is_allowed(temperature: float, allowed: list[int]) -> None:
    n = 4000
    wanted = np.exp(LOGITS[allowed].astype(float) / temperature)
    counts = np.bincount(draws(Sampler(temperature, seed=5), n, allowed), minlength=4)[allowed]
    assert stats.chisquare(counts, n * wanted / wanted.sum()).pvalue > 0.001


def test_what_decides_a_draw() -> None:
    def one(seed: int = 1, sample: str = "a", position: int = 0) -> list[float]:
        return list(Sampler(1.0, seed).perturbed(LOGITS, sample, position))

    assert one() == one()
    assert len({tuple(row) for row in (one(), one(seed=2), one(sample="b"), one(position=1))}) == 4
    assert one(sample="\ud800")  # an id may hold what UTF-8 cannot
