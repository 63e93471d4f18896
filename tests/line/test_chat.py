"""One conversation: the cached prefix saves work and changes no answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from josi.chat_format import stop_text
from line.chat import Chat, render
from line.errors import InputError
from line.llama import Adapter, Context, Model

SYSTEM = "You are Josi, a warm coach. " * 3
FIRST = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "Easy run today?"}]


@pytest.fixture
def chat(tiny_model: Model) -> Iterator[Chat]:
    with Context(tiny_model, n_ctx=512, threads=1, n_batch=64) as context:
        yield Chat(context)


def _prompt(model: Model, *turns: str) -> str:
    messages = [*FIRST, *({"role": ("assistant", "user")[i % 2], "content": t} for i, t in enumerate(turns))]
    return render(model, messages)


def test_the_prompt_opens_the_assistants_turn(tiny_model: Model) -> None:
    assert _prompt(tiny_model).endswith("Easy run today?<|im_end|>\n<|im_start|>assistant\n")


def test_a_reply_counts_its_costs(chat: Chat, tiny_model: Model) -> None:
    reply = chat.reply(_prompt(tiny_model), max_tokens=8)
    assert reply.prompt_tokens == len(tiny_model.tokenize(_prompt(tiny_model))) and reply.cached_tokens == 0
    assert reply.stop in ("eos", "length") and reply.new_tokens <= 8
    assert 0 < reply.prefill_s <= reply.first_token_s and reply.decode_s >= 0
    assert reply.prefill_tps > 0


def test_the_cached_prefix_changes_no_answer(chat: Chat, tiny_model: Model) -> None:
    first = chat.reply(_prompt(tiny_model), max_tokens=12)
    second = chat.reply(_prompt(tiny_model, "Yes, do.", "How long?"), max_tokens=12)
    again = chat.reply(_prompt(tiny_model), max_tokens=12)
    chat.forget()
    fresh = chat.reply(_prompt(tiny_model, "Yes, do.", "How long?"), max_tokens=12)
    assert (fresh.cached_tokens, fresh.text) == (0, second.text)
    assert again.text == first.text
    assert second.cached_tokens >= len(tiny_model.tokenize(render(tiny_model, FIRST))) - 8
    assert again.cached_tokens == again.prompt_tokens - 1


def test_each_adapter_has_its_own_answer(chat: Chat, tiny_model: Model, tiny_adapters: tuple[Path, Path]) -> None:
    first, second = (Adapter(tiny_model, path) for path in tiny_adapters)
    found = []
    for adapter in (first, second, first, None):
        chat.set_adapter(adapter)
        found.append(chat.reply(_prompt(tiny_model), max_tokens=12))
    texts = [reply.text for reply in found]
    assert texts[0] == texts[2] and len(set(texts)) == 3
    assert [reply.cached_tokens for reply in found] == [0, 0, 0, 0]


def test_a_grammar_holds_and_ends_the_answer(chat: Chat, tiny_model: Model) -> None:
    reply = chat.reply(_prompt(tiny_model), max_tokens=20, grammar='root ::= "{\\"run\\":" ("45" | "60") "}"')
    assert reply.text in ('{"run":45}', '{"run":60}') and reply.stop == "eos"


@pytest.mark.parametrize("grammar", ["", "root ::= nothing"])
def test_a_broken_grammar_is_an_error_and_the_chat_goes_on(chat: Chat, tiny_model: Model, grammar: str) -> None:
    before = chat.reply(_prompt(tiny_model), max_tokens=6)
    with pytest.raises(InputError, match="grammar does not parse"):
        chat.reply(_prompt(tiny_model), max_tokens=6, grammar=grammar)
    assert chat.reply(_prompt(tiny_model), max_tokens=6).text == before.text


def test_a_prompt_too_long_is_an_error_and_the_chat_goes_on(chat: Chat, tiny_model: Model) -> None:
    before = chat.reply(_prompt(tiny_model), max_tokens=6)
    with pytest.raises(InputError, match="context 512: shorten"):
        chat.reply(_prompt(tiny_model, "long " * 600), max_tokens=6)
    assert chat.reply(_prompt(tiny_model), max_tokens=6).text == before.text


def test_an_answer_stops_where_the_context_ends(tiny_model: Model) -> None:
    prompt = _prompt(tiny_model)
    room = 256 - len(tiny_model.tokenize(prompt))
    with Context(tiny_model, n_ctx=256, threads=1) as context:
        reply = Chat(context).reply(prompt, max_tokens=1000, grammar="root ::= [a-z] root")  # a grammar without an end
    assert reply.stop == "full" and reply.new_tokens == room


def test_the_stop_token_ends_generation(tiny_model: Model) -> None:
    (stop,) = tiny_model.tokenize(stop_text("chatml"))
    assert tiny_model.is_eog(stop)


def test_what_was_read_ahead_need_not_be_read_again(chat: Chat, tiny_model: Model) -> None:
    plain = chat.reply(_prompt(tiny_model, "Yes, do.", "How long?"), max_tokens=12)
    chat.forget()
    read = chat.read(_prompt(tiny_model))
    assert read == len(tiny_model.tokenize(_prompt(tiny_model)))
    reply = chat.reply(_prompt(tiny_model, "Yes, do.", "How long?"), max_tokens=12)
    assert reply.text == plain.text and reply.cached_tokens >= read - 8
    assert chat.read(_prompt(tiny_model)) == 1  # the last token of a prompt is always evaluated anew


def test_a_prompt_too_long_is_not_read_ahead_either(chat: Chat, tiny_model: Model) -> None:
    with pytest.raises(InputError, match="context 512: shorten"):
        chat.read(_prompt(tiny_model, "long " * 600))
