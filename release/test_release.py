"""The ship gate: the whole line, ending in a signed directory and SHIP, or in a list of what blocks it."""

import json

import pytest

from release.gate import load_required
from release.ship import Shipment
from release.verify import verify

pytestmark = pytest.mark.release


def test_every_required_check_ran(shipment: Shipment) -> None:
    ran = {check.name for check in shipment.gate.checks if check.value is not None}
    wanted = {name for stage in load_required() for name in stage.checks}
    assert wanted <= ran, f"did not run: {', '.join(sorted(wanted - ran))}"


def test_the_release_verifies(shipment: Shipment) -> None:
    report = verify(shipment.folder)
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
