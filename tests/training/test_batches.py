"""Batches by token budget: none too dear, none lost, the same again after a stop."""

import random

import pytest

from training.batches import IGNORED, Collator, TokenBatches, padded

RNG = random.Random(3)
LENGTHS = [RNG.randint(20, 300) for _ in range(1500)]
BUDGET, PAD = 1024, 8


def _cost(batch: list[int]) -> int:
    return len(batch) * max(padded(LENGTHS[i], PAD) for i in batch)


@pytest.mark.parametrize("shuffle", [True, False])
def test_no_batch_is_dearer_than_the_budget_and_no_row_is_lost(shuffle: bool) -> None:
    batches = list(TokenBatches(LENGTHS, BUDGET, PAD, 1, shuffle))
    assert max(map(_cost, batches)) <= BUDGET
    assert sorted(i for batch in batches for i in batch) == list(range(len(LENGTHS)))


def test_little_is_padding() -> None:
    batches = list(TokenBatches(LENGTHS, BUDGET, PAD, 1))
    assert sum(LENGTHS) / sum(map(_cost, batches)) > 0.9


def test_a_row_dearer_than_the_budget_has_a_batch_of_its_own() -> None:
    assert sorted(map(len, TokenBatches([10, 5000, 10], BUDGET, PAD, 1))) == [1, 2]


def test_the_same_seed_and_epoch_give_the_same_batches() -> None:
    first, again = (TokenBatches(LENGTHS, BUDGET, PAD, 1) for _ in range(2))
    for epoch in (0, 1, 2):
        first.set_epoch(epoch)
        again.set_epoch(epoch)
        assert list(first) == list(again) == list(first)


def test_another_seed_or_epoch_gives_another_order() -> None:
    orders = []
    for seed, epoch in ((1, 0), (1, 1), (2, 0)):
        batches = TokenBatches(LENGTHS, BUDGET, PAD, seed)
        batches.set_epoch(epoch)
        orders.append(list(batches))
    assert orders[0] != orders[1] != orders[2] != orders[0]


def test_the_number_of_steps_does_not_grow_with_the_epoch() -> None:
    batches = TokenBatches(LENGTHS, BUDGET, PAD, 1)
    for epoch in range(4):
        batches.set_epoch(epoch)
        assert len(batches) - 3 <= len(list(batches)) <= len(batches)


def test_without_shuffling_every_epoch_is_alike() -> None:
    batches = TokenBatches(LENGTHS, BUDGET, PAD, 1, shuffle=False)
    first = list(batches)
    batches.set_epoch(5)
    assert list(batches) == first


@pytest.mark.parametrize(("length", "size"), [(1, 8), (8, 8), (9, 16), (0, 0)])
def test_lengths_are_rounded_up(length: int, size: int) -> None:
    assert padded(length, 8) == size


def test_the_collator_pads_on_the_right_and_masks_what_it_added() -> None:
    rows = [{"input_ids": [5, 6, 7], "labels": [IGNORED, 6, 7]}, {"input_ids": [8], "labels": [8]}]
    batch = Collator(pad_id=9, pad_to=4)(rows)
    assert batch["input_ids"].tolist() == [[5, 6, 7, 9], [8, 9, 9, 9]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 0], [1, 0, 0, 0]]
    assert batch["labels"].tolist() == [[IGNORED, 6, 7, IGNORED], [8, IGNORED, IGNORED, IGNORED]]
