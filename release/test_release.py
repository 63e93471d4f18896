"""The ship gate: the whole line, ending in a signed directory and SHIP, or in a list of what blocks it."""

import json

import pytest

from release.gate import load_required
from release.keys import PublicKey, load_private, passphrase
from release.line import Line
from release.ship import Shipment
from release.verify import verify

pytestmark = pytest.mark.release


@pytest.fixture
def trusted(line: Line, shipment: Shipment) -> PublicKey | None:
    """The public half of the key that signs what ships; a development release carries its own."""
    key = line.settings.key
    return load_private(key, passphrase()).public if key and shipment.gate.ships else None


def test_every_required_check_ran(shipment: Shipment) -> None:
    ran = {check.name for check in shipment.gate.checks if check.value is not None}
    wanted = {name for stage in load_required() for name in stage.checks}
    assert wanted <= ran, f"did not run: {', '.join(sorted(wanted - ran))}"


def test_the_release_verifies(shipment: Shipment, trusted: PublicKey | None) -> None:
    report = verify(shipment.folder, trusted)
    assert report.ok, report.problems
    assert report.verdict == shipment.gate.verdict


def test_the_manifest_carries_every_check(shipment: Shipment) -> None:
    manifest = json.loads((shipment.folder / "models.json").read_text())
    assert len(manifest["scores"]) == len(shipment.gate.checks)
    assert set(manifest["tiers"]) == {"tier1", "tier2", "tier3"}


def test_it_ships(shipment: Shipment, rehearsal: bool) -> None:
    if not shipment.gate.ships and not rehearsal:
        reasons = "\n".join(f"  * {blocker}" for blocker in shipment.gate.blockers)
        pytest.fail(f"BLOCKED:\n{reasons}", pytrace=False)
