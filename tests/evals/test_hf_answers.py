"""The checkpoint answers as its F16 file does, under the same grammar, batched or not."""

from pathlib import Path

import pytest

from evals.hf_answers import predict_hf
from evals.predictions import Prediction
from evals.run import RoleModel, predict, read_predictions
from evals.samples import EvalCase
from line.store import Store

CASES = [EvalCase(f"c{n}", "interpreter", "x", f"a run of {n} min, {'easy ' * (n % 7)}please") for n in range(40)]
# No forced runs: the engine writes those in the tokenizer's own pieces, the checkpoint in the likeliest ones.
GRAMMAR = 'root ::= [a-z]{3,9} ([.!] | " " [a-z]{3,9} [.!])'


def by_id(found: list[Prediction]) -> dict[str, Prediction]:
    return {one.id: one for one in found}


@pytest.mark.parametrize("grammar", [None, GRAMMAR])
def test_checkpoint_and_file_answer_alike(
    tiny_checkpoint: Path, tiny_gguf: Path, tmp_path: Path, grammar: str | None
) -> None:
    model = RoleModel("interpreter", tiny_gguf, grammar=grammar, max_tokens=12)
    store = Store(tmp_path)
    seen: list[int] = []
    made = predict_hf(store, tiny_checkpoint, model, CASES, lambda done, total: seen.append(done))
    ours, theirs = by_id(read_predictions(made)), by_id(read_predictions(predict(store, model, CASES)))
    assert seen == list(range(1, 41)) and set(ours) == set(theirs)
    assert all(ours[name].prompt_tokens == theirs[name].prompt_tokens for name in ours)
    assert sum(ours[name].raw == theirs[name].raw for name in ours) >= 0.8 * len(CASES)
    assert all(one.stop in ("eos", "length") for one in ours.values())
    assert predict_hf(store, tiny_checkpoint, model, CASES).reused
