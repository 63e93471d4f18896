"""What the smallest phone's run says of the larger phones of its tier. Pure."""

from __future__ import annotations

from sims.killer import FULL
from sims.report import TierResult
from sims.tiers import SimPhone, load_killer


def follows(smaller: TierResult, phone: SimPhone) -> str:
    """Why a larger phone fits without a run of its own; "" where it has to be run.

    It runs the same models in the same configuration, has no less memory and no fewer cores, so it cannot do worse,
    but for one thing: the killer of a phone that is no low-RAM phone wakes at shorter stalls.
    """
    same = (smaller.tier, smaller.configuration, smaller.context, smaller.use_mmap)
    if same != (phone.tier, phone.configuration, phone.context, phone.use_mmap) or not smaller.fits:
        return ""
    if phone.budget_mb < smaller.budget_mb or phone.cpus < smaller.cpus or smaller.need_mb is None:
        return ""
    limit = load_killer(phone.low_ram).partial_stall_ms / 1000
    apart = smaller.limit_hits == 0 and smaller.peak_mb < FULL * smaller.budget_mb
    calm = apart or (smaller.stall_share is not None and smaller.stall_share < limit)
    return f"follows from {smaller.need_mb:.0f} MB needed on {smaller.ram_mb / 1024:g} GB" if calm else ""
