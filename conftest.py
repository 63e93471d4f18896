"""The release line as session fixtures: one a stage output, each a property of `release.line.Line`."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from line.errors import JosiError
from line.progress import Bars
from line.store import Store
from release.line import Line
from release.settings import load_settings
from release.ship import Shipment, ship
from release.summary import print_run

T = TypeVar("T")
_stopped: list[str] = []
_shipments: list[tuple[Shipment, Line]] = []


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A stage's suite lies in its folder: when one is asked for, the thousands of fast tests need not be read."""
    stage = config.option.markexpr and "not" not in config.option.markexpr.split()
    return True if stage and collection_path.is_relative_to(config.rootpath / "tests") else None


def _asked(config: pytest.Config) -> dict[str, Any]:
    names = ("prompts", "data", "recipes", "base_dir", "key", "retrain")
    return {name: value for name in names if (value := config.getoption(name)) not in (None, False)}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, Any, Any]:
    """The same for what a stage says inside a test."""
    try:
        return (yield)
    except JosiError as error:
        pytest.fail(f"{type(error).__name__}: {error}", pytrace=False)


def _made(make: Callable[[], T]) -> T:
    """A stage output; what a stage says to a person is shown without a traceback."""
    try:
        return make()
    except JosiError as error:
        _stopped.append(f"{type(error).__name__}: {error}")
        pytest.fail(_stopped[-1], pytrace=False)


@pytest.fixture(scope="session")
def line(pytestconfig: pytest.Config) -> Iterator[Line]:
    store = Store(pytestconfig.getoption("store"))
    yield _made(lambda: Line(load_settings(**_asked(pytestconfig)), store, Bars()))


@pytest.fixture(scope="session")
def data(line: Line) -> Any:
    return _made(lambda: line.data)


@pytest.fixture(scope="session")
def base(line: Line) -> Any:
    return _made(lambda: line.base)


@pytest.fixture(scope="session")
def checkpoints(line: Line, data: Any, base: Any) -> Any:
    return _made(lambda: line.checkpoints)


@pytest.fixture(scope="session")
def ggufs(line: Line, checkpoints: Any) -> Any:
    return _made(lambda: line.ggufs)


@pytest.fixture(scope="session")
def parity(line: Line, ggufs: Any) -> Any:
    return _made(lambda: line.parity)


@pytest.fixture(scope="session")
def judgements(line: Line, ggufs: Any) -> Any:
    return _made(lambda: line.judgements)


@pytest.fixture(scope="session")
def phones(line: Line, ggufs: Any) -> Any:
    return _made(lambda: line.phones)


@pytest.fixture(scope="session")
def shipment(line: Line, pytestconfig: pytest.Config) -> Shipment:
    made = _made(lambda: ship(line, force=pytestconfig.getoption("--force-release")))
    _shipments.append((made, line))
    return made


@pytest.fixture(scope="session")
def rehearsal(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("rehearse"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for made, line in _shipments:
        print_run(line, made)
    if _stopped and not _shipments:
        terminalreporter.write_line(f"BLOCKED before the gate: {_stopped[0]}")
