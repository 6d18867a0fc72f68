"""How a plan is made again, on the database that services wrote when they stopped."""

from core.domain.errors import PlanBlocked
from core.erasure import Tombstones
from core.formats.atheme import parse
from core.operations.proposal import Proposal, RestorePlan, UndoPlan
from core.operations.restore_record import RestoreFolder
from core.operations.restore_rows import Replan
from core.operations.site import Site
from core.ports import Clock
from core.registrations.living import Living
from core.registrations.planning import plan_rows
from core.registrations.undo import plan_undo
from core.repository.repository import Repository


def replanner(
    proposal: Proposal,
    site: Site,
    *,
    repository: Repository,
    folder: RestoreFolder,
    tombstones: Tombstones,
    clock: Clock,
) -> Replan:
    """The same question again. What comes from the snapshot is opened now, while services still run."""
    network = site.network
    if isinstance(proposal, UndoPlan):
        change = folder.change(proposal.undone)
        return lambda live: plan_undo(
            change=change, live=live, now=clock.now(), network=network, erasure=tombstones.forgotten()
        )
    if not isinstance(proposal, RestorePlan):
        raise PlanBlocked("nothing is known of how to carry that plan out")
    backup = Living(parse(repository.content(proposal.snapshot)), network.casemapping)
    return lambda live: plan_rows(
        backup=backup,
        live=live,
        target=proposal.target,
        wishes=proposal.wishes,
        network=network,
        erasure=tombstones.forgotten(),
        now=clock.now(),
    )
