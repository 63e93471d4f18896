"""Which package sources the device image is made from, and when it is made anew."""

import pytest

from line.errors import MissingError
from sims.image import distribution_sources, recipe_digest

_DEB822 = """Types: deb
# a comment
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://deb.debian.org/debian-security
Suites: bookworm-security
Components: main
"""
_THIRD = "deb [signed-by=/k.gpg] https://packages.example.com/apt cloud-sdk-bookworm main\n"
_NODE = "Types: deb\nURIs: https://deb.example.com/node_20.x\nSuites: nodistro\nComponents: main\n"


def test_deb822_stanzas_of_the_release_are_kept_and_strangers_left_out() -> None:
    kept = distribution_sources([_DEB822, _THIRD, _NODE], "bookworm")
    assert kept.count("Types: deb") == 2 and "example.com" not in kept and "#" not in kept
    assert "bookworm-security" in kept


def test_one_line_sources_are_rewritten() -> None:
    old = (
        "# deb http://old.example.com/debian bookworm main\n"
        "deb http://deb.debian.org/debian bookworm main contrib\n"
        "deb-src http://deb.debian.org/debian bookworm main\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example.org/debian bookworm-updates main\n" + _THIRD
    )
    kept = distribution_sources([old], "bookworm")
    assert "Suites: bookworm\nComponents: main contrib\n" in kept
    assert "Suites: bookworm-updates\nComponents: main\nSigned-By: /k.gpg\n" in kept
    assert "old.example.com" not in kept and "cloud-sdk" not in kept and "deb-src" not in kept


def test_no_source_is_an_error() -> None:
    with pytest.raises(MissingError, match="bookworm"):
        distribution_sources([_THIRD, _NODE], "bookworm")


def test_the_tag_follows_the_recipe() -> None:
    digest = recipe_digest("bookworm", _DEB822)
    assert digest == recipe_digest("bookworm", _DEB822) and len(digest) == 12
    assert digest != recipe_digest("trixie", _DEB822) != recipe_digest("trixie", _THIRD)
