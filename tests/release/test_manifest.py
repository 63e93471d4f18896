import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from line.errors import InputError
from release.manifest import MANIFEST, SCHEMA, canonical, parse

Make = Callable[..., Path]


def altered(folder: Path, change: Callable[[Any], object]) -> bytes:
    doc = json.loads((folder / MANIFEST).read_bytes())
    change(doc)
    return canonical(doc)


def test_canonical_bytes_do_not_depend_on_the_order_of_keys() -> None:
    assert canonical({"b": 1, "a": "é"}) == canonical({"a": "é", "b": 1})
    assert canonical({"a": "é\ud800"}).isascii()


def test_an_honest_manifest_reads_back(make_release: Make) -> None:
    data = (make_release() / MANIFEST).read_bytes()
    assert canonical(parse(data).doc) == data


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda doc: doc.pop("rollback"), "rollback"),
        (lambda doc: doc.update(more=1), "more"),
        (lambda doc: doc.update(format=2), "format"),
        (lambda doc: doc.update(version="1.0\n"), "version"),
        (lambda doc: doc.update(version="latest"), "version"),
        (lambda doc: doc.update(created="2026-13-01T00:00:00Z"), "created"),
        (lambda doc: doc.update(verdict="BLOCKED"), "contradict"),
        (lambda doc: doc.update(blockers=["x"]), "contradict"),
        (lambda doc: doc["files"][0].update(sha256="0" * 64 + "\n"), "files/0/sha256"),
        (lambda doc: doc["files"][0].update(size=-1), "files/0/size"),
        (lambda doc: doc["files"][0].update(path="../x"), "refused"),
        (lambda doc: doc["files"].append(doc["files"][0]), "same file"),
        (lambda doc: doc["files"].append({**doc["files"][0], "path": MANIFEST}), "cannot list itself"),
        (lambda doc: doc["tiers"]["tier1"]["files"][0].update(size=1), "otherwise than the release does"),
        (lambda doc: doc["tiers"]["tier1"]["files"].pop(), "does not list it"),
        (lambda doc: doc["tiers"]["tier1"].update(configuration="x"), "configuration"),
        (lambda doc: doc["rollback"].update(sequence=-1), "sequence"),
    ],
)
def test_a_manifest_that_breaks_a_rule_is_refused_by_name(
    make_release: Make, change: Callable[[Any], object], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        parse(altered(make_release(), change))


def test_every_cut_of_a_manifest_is_a_clear_error(make_release: Make) -> None:
    data = (make_release() / MANIFEST).read_bytes()
    for at in range(len(data) - 1):
        with pytest.raises(InputError, match="truncated or malformed"):
            parse(data[:at])


def test_the_schema_is_itself_valid() -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text(encoding="utf-8")))
