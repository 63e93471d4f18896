import random

import pytest

from grammars.errors import GbnfError
from grammars.gbnf import parse_gbnf
from grammars.llama_judge import accepted
from grammars.nodes import Chars, Lit, Node, Ref, Repeat, Seq, chars, complement, render
from grammars.oracle import accepts, sample


def test_what_is_rendered_reads_back() -> None:
    rules: dict[str, Node] = {
        "root": Seq((Lit('a"\\é'), Ref("x-1"), Repeat(chars("]", "^", "-", "\\", "/", "\x00", "\U0010ffff"), 2, 5))),
        "x-1": Repeat(Seq((Lit("k"), Ref("root"))), 0, 1),
    }
    assert parse_gbnf(render(rules, "a comment\nof two lines")) == rules


def test_a_grammar_written_by_hand() -> None:
    rules = parse_gbnf('# words\nroot ::= word (", " word)* # more\nword ::= [a-z]{2} |\n  [^a-z\\x5d] "\\n"?\n')
    assert rules["word"].options == (  # type: ignore[union-attr]
        Repeat(chars((0x61, 0x7A)), 2, 2),
        Seq((complement(chars((0x61, 0x7A), "]")), Repeat(Lit("\n"), 0, 1))),
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "begins with a rule"),
        ("root = x", "line 1"),
        ("root ::= x", "'x'"),
        ('root ::= ("a"', "root"),
        ('root ::= "a")', "root"),
        ('root ::= "a"\nroot ::= "b"', "twice"),
        ("root ::= * ", "root"),
    ],
)
def test_what_is_no_gbnf(text: str, named: str) -> None:
    with pytest.raises(GbnfError, match=named):
        parse_gbnf(text)


def test_complement_covers_all_of_unicode() -> None:
    assert complement(Chars(())) == chars((0, 0x10FFFF))
    assert complement(complement(chars("a", "z"))) == chars("a", "z")


def test_a_recursive_grammar_is_sampled_to_an_end() -> None:
    gbnf = 'root ::= "(" root root ")" | "(" root ")" | "x"\n'
    rng = random.Random(0)
    texts = [sample(gbnf, rng) for _ in range(30)]
    assert all(accepts(gbnf, text) for text in texts)
    assert len(set(texts)) > 5


def test_llama_cpp_says_when_a_grammar_does_not_parse() -> None:
    with pytest.raises(GbnfError, match="does not parse"):
        accepted("root ::= (", ["x"])
    with pytest.raises(GbnfError):
        accepts("root ::= (", "x")


def test_llama_cpp_counts_what_the_compiler_lets_it_count() -> None:
    gbnf = 'root ::= "a"{3,2000}\n'
    assert accepted(gbnf, ["aa", "aaa", "a" * 2000, "a" * 2001]) == [False, True, True, False]
