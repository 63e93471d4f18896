import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from evals import baseline
from evals.checks import Verdict
from evals.paired import compare_samples, noise, quantising_margin
from evals.predictions import Sample, write_samples
from evals.thresholds import load
from line.errors import InputError

THRESHOLDS = load()


def run(right: Sequence[bool], warm: Sequence[float] = ()) -> list[Sample]:
    samples = [
        Sample(f"i{n}", "interpreter", "c", "m", "", "{}", {}, "eos", {}, {}, {"action_accuracy": ok})
        for n, ok in enumerate(right)
    ]
    return samples + [
        Sample(f"e{n}", "explainer", "c", "m", "", "t", "t", "eos", {}, {}, {}, {"warmth": score})
        for n, score in enumerate(warm)
    ]


def draw(n: int, rate: float, seed: int) -> list[bool]:
    dice = random.Random(seed)
    return [dice.random() < rate for _ in range(n)]


def test_a_planted_drop_of_five_points_is_caught() -> None:
    before = draw(1000, 0.94, 1)
    lost = set(random.Random(2).sample([n for n, ok in enumerate(before) if ok], 50))
    after = [ok and n not in lost for n, ok in enumerate(before)]
    found = compare_samples(run(after), run(before), THRESHOLDS)
    (check,) = found.checks
    assert check.verdict == Verdict.FAIL
    assert check.value == pytest.approx(-0.05)
    assert check.hi is not None and check.hi < 0
    assert len(found.flips) == 50
    assert not any(flip.better for flip in found.flips)


def test_a_rerun_in_another_order_is_never_a_regression() -> None:
    before = run(draw(300, 0.9, 3), [3.0 + (n % 5) / 4 for n in range(80)])
    for seed in range(100):
        after = before[:]
        random.Random(seed).shuffle(after)
        found = compare_samples(after, before, THRESHOLDS)
        assert {check.verdict for check in found.checks} == {Verdict.PASS}
        assert not found.flips


def test_flips_by_chance_are_rarely_called_a_regression() -> None:
    alarms = 0
    for seed in range(100):
        before, flip = draw(300, 0.9, seed), draw(300, 0.03, seed + 1000)
        after = [
            ok != moved if ok == (n % 2 == 0) else ok for n, (ok, moved) in enumerate(zip(before, flip, strict=True))
        ]
        (check,) = compare_samples(run(after), run(before), THRESHOLDS).checks
        alarms += check.verdict == Verdict.FAIL and check.value is not None and check.value > -0.01
    assert alarms == 0


def test_a_significant_loss_within_the_margin_passes() -> None:
    before = [True] * 2000
    after = [n >= 15 for n in range(2000)]  # 0.75 points lost, 15 to 0: significant, under the margin of 1 point
    (check,) = compare_samples(run(after), run(before), THRESHOLDS).checks
    assert check.verdict == Verdict.PASS
    assert check.value == pytest.approx(-0.0075)


def test_a_loss_too_small_a_sample_to_prove_passes() -> None:
    (check,) = compare_samples(run([False] * 3 + [True] * 7), run([True] * 10), THRESHOLDS).checks
    assert check.verdict == Verdict.PASS


def test_a_drop_in_a_score_is_caught() -> None:
    before = [3.5 + (n % 7) / 10 for n in range(120)]
    after = [score - 0.3 - (n % 3) / 10 for n, score in enumerate(before)]
    (check,) = compare_samples(run([], after), run([], before), THRESHOLDS).checks
    assert check.verdict == Verdict.FAIL
    assert check.value == pytest.approx(-0.4)


def test_only_shared_samples_are_compared() -> None:
    found = compare_samples(run([True] * 12), run([True] * 10), THRESHOLDS)
    assert (found.paired, found.only_reference, found.only_candidate) == (10, 0, 2)


def test_noise_widens_the_quantising_margin() -> None:
    first, second = run([True] * 400), run([n % 100 != 0 for n in range(400)])
    measured = noise(first, second, THRESHOLDS)
    rule = THRESHOLDS.rule("action_accuracy")
    assert measured["action_accuracy"] > 0.01
    assert quantising_margin(measured)(rule) == measured["action_accuracy"]
    assert quantising_margin({})(rule) == rule.quantising
    assert quantising_margin(measured)(THRESHOLDS.rule("red_flag_recall")) is None


def test_bless_compare_and_bless_again(tmp_path: Path) -> None:
    here, base = tmp_path / "run", tmp_path / "baseline"
    first, second = run([True] * 50, [4.0] * 20), run([n > 20 for n in range(50)], [4.0] * 20)
    assert baseline.compare(first, base, THRESHOLDS)[0] is None
    assert "bless" in baseline.compare(first, base, THRESHOLDS)[1]
    write_samples(here / "samples.jsonl", first)
    baseline.bless(here, base)
    found, note = baseline.compare(second, base, THRESHOLDS)
    assert [check.name for check in baseline.regressions(found)] == ["baseline:action_accuracy"]
    assert "70 samples" in note
    write_samples(here / "samples.jsonl", second)
    assert baseline.regressions(baseline.compare(second, base, THRESHOLDS)[0])  # nothing moved by itself
    baseline.bless(here, base)
    assert not baseline.regressions(baseline.compare(second, base, THRESHOLDS)[0])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["baseline", "run"]


def test_one_role_is_compared_with_its_own(tmp_path: Path) -> None:
    write_samples(tmp_path / "run" / "samples.jsonl", run([True] * 5, [4.0] * 5))
    baseline.bless(tmp_path / "run", tmp_path / "base")
    found, _ = baseline.compare(run([], [4.0] * 5), tmp_path / "base", THRESHOLDS)
    assert found is not None
    assert (found.paired, found.only_reference) == (5, 0)


def test_an_empty_or_damaged_run_cannot_be_blessed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="josi eval"):
        baseline.bless(tmp_path, tmp_path / "base")
    (tmp_path / "samples.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="no samples"):
        baseline.bless(tmp_path, tmp_path / "base")
    (tmp_path / "samples.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"samples\.jsonl:1"):
        baseline.bless(tmp_path, tmp_path / "base")
    assert not (tmp_path / "base").exists()


def test_an_altered_baseline_is_refused(tmp_path: Path) -> None:
    write_samples(tmp_path / "run" / "samples.jsonl", run([True] * 5))
    base = baseline.bless(tmp_path / "run", tmp_path / "base")
    write_samples(base / "samples.jsonl", run([False] * 5))
    with pytest.raises(InputError, match="changed since it was blessed"):
        baseline.read(base)
    (base / baseline.MANIFEST).write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match="no readable baseline"):
        baseline.read(base)


def test_a_sample_twice_in_a_run_is_refused() -> None:
    twice = run([True])
    with pytest.raises(InputError, match="comes twice"):
        compare_samples([*twice, replace(twice[0])], twice, THRESHOLDS)


def test_two_roles_may_use_the_same_ids() -> None:
    """As the golden sets do: `red_flag-01` is a case of the Interpreter and one of the Explainer."""
    mixed = run([True, False], [4.0, 5.0])
    mixed = [replace(sample, id=f"red_flag-{n % 2}") for n, sample in enumerate(mixed)]
    found = compare_samples(mixed, mixed, THRESHOLDS)
    assert found.paired == 4
    with pytest.raises(InputError, match="twice"):
        compare_samples([*mixed, mixed[0]], mixed, THRESHOLDS)
