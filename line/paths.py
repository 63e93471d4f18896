"""Where the harness keeps what it makes and what it builds."""

import os
from pathlib import Path

import platformdirs

REPO = Path(__file__).resolve().parents[1]


def cache_dir() -> Path:
    """The per-user cache: built wheels, the device image, converters. `JOSI_CACHE` moves it."""
    return Path(os.environ.get("JOSI_CACHE") or platformdirs.user_cache_dir("josi"))


def store_dir() -> Path:
    """The artifact store. `JOSI_STORE` moves it; shared by all checkouts, since keys are digests."""
    return Path(os.environ.get("JOSI_STORE") or cache_dir() / "store")


def out_dir() -> Path:
    """Where the line puts the release and its reports: `out/` of the checkout, or `JOSI_OUT`."""
    return Path(os.environ.get("JOSI_OUT") or REPO / "out")
