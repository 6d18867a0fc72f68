"""What shall be put in place: the database of a snapshot, or the one that a restore took away."""

from dataclasses import dataclass

from core.disk import read_whole
from core.domain.errors import PlanBlocked
from core.operations.restore_record import ABSENT, RestoreRecord
from core.operations.site import Site
from core.operations.things.ground import Ground
from core.operations.things.proposal import ThingProposal, ThingUndo


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Its bytes, and what they are known by."""

    content: bytes
    mark: str  # a digest of them: part of what is agreed to
    anyway: frozenset[str] = frozenset()


def coming_of(proposal: ThingProposal | ThingUndo, site: Site, ground: Ground) -> Coming:
    """What a proposal brings. A snapshot is opened whole, and proven by its digest.

    Raises:
        PlanBlocked, IdentityMissing, ObjectDamaged, …: it cannot be had.
    """
    if isinstance(proposal, ThingUndo):
        return kept_by(proposal.undone, site, ground)
    content = ground.repository.content(proposal.snapshot)
    return Coming(content=content, mark=proposal.snapshot.digest, anyway=proposal.wish.anyway)


def kept_by(record: RestoreRecord, site: Site, ground: Ground) -> Coming:
    """The database from before a restore.

    Raises:
        PlanBlocked: there was none. SourceUnreadable: it is not there any more.
    """
    if record.before == ABSENT:
        raise PlanBlocked(
            f"before restore {record.id} there was no database: there is nothing to go back to",
            hint="to be without one, stop its program and move it away by hand",
        )
    content = read_whole(ground.folder.before_image(record), limit=site.limit)[0]
    return Coming(content=content, mark=record.before)


def site_of(source: str, ground: Ground) -> Site:
    """The site that a plan or a record is about.

    Raises:
        PlanBlocked: it is not configured any more.
    """
    for site in ground.sites:
        if site.name == source:
            return site
    raise PlanBlocked(f"{source} is no database that is configured now", hint="sources.NAME says what is saved")
