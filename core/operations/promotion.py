"""A standby becomes the live database: the preview, and what stands in the way."""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from core.domain.errors import BackupServError, PlanBlocked
from core.domain.moment import ago, show
from core.domain.snapshot import Snapshot
from core.formats.sqlite import is_sqlite
from core.operations.diff import diff
from core.operations.plan_restore import what_restarts
from core.operations.proposal import Proposal
from core.operations.side import Side
from core.operations.site import Site
from core.operations.standby import Held, HeldThere, Standby
from core.operations.standbys import Standbys
from core.operations.things.database.coming import Coming
from core.operations.things.database.living import Lying, lying
from core.operations.things.database.planning import SECOND, DatabasePlan, plan_database
from core.operations.things.ground import Ground
from core.ports import Progress
from core.registrations.whole import words_of

_DOWN = "--old-is-down (in chat: old-is-down) says that you know they are down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion(Proposal):
    """A standby's content goes to where services live, on this host."""

    plan: DatabasePlan
    standby: str
    place: str
    mark: str  # the content's digest, SHA-256 (hex)
    snapshot_id: str  # which snapshot it is; "" = of none that is known here
    old_is_down: bool  # somebody has said so

    @property
    def second(self) -> tuple[str, ...]:
        """Always two people."""
        return SECOND

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        told = {"standby": self.standby, "place": self.place, "snapshot": self.snapshot_id or None}
        return {**told, "source": self.plan.source, **Proposal.as_dict(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The standby that is meant, its database, and what this host remembers of it."""

    standby: Standby
    site: Site
    held: Held
    old_is_down: bool


def candidate_of(name: str, standbys: Standbys | None, ground: Ground, *, old_is_down: bool) -> Candidate:
    """The standby of that name; the only one where none is named.

    Raises:
        PlanBlocked: there is none, or several and none was named.
    """
    known = {standby.name: standby for standby in (standbys.standbys if standbys is not None else ())}
    if not known:
        raise PlanBlocked("no standby is configured here", hint="standby.NAME in the configuration makes one")
    if name not in known and (name or len(known) > 1):
        what = f"there is no standby {name}" if name else "there are several standbys"
        raise PlanBlocked(what, hint=f"name one: {', '.join(known)}")
    standby = known[name] if name else next(iter(known.values()))
    site = next(site for site in ground.sites if site.name == standby.source)
    if not site.owner:
        site = replace(site, owner=standby.owner)
    held = HeldThere(ground.state_dir).of(standby.name)
    return Candidate(standby=standby, site=site, held=held, old_is_down=old_is_down)


def plan_promotion(candidate: Candidate, ground: Ground, progress: Progress) -> Promotion:
    """What it would do, and what would be lost. Changes nothing.

    Raises:
        ObjectNotFound, StorageUnavailable: the standby cannot be read.
        PlanBlocked: it is of another format than the living database.
    """
    standby, site, now = candidate.standby, candidate.site, ground.clock.now()
    progress.step(f"reading standby {standby.name}")
    content, written_at = read_standby(standby, site)
    mark = sha256(content).hexdigest()
    known = {item.digest: item for item in reversed(_snapshots(site, ground))}.get(mark)
    lies = lying(site, ground.clock, progress)
    plan = planned(content, mark, lies, site, ground)
    words, blocked = _old(candidate)
    since = known.saved_at if known is not None else written_at
    if lies.comparable is None:
        plan = replace(plan, going=(*plan.going, *_lost(content, mark, since, site, ground)))
    return Promotion(
        plan=replace(plan, blocked=plan.blocked or blocked),
        headline=f"promote standby {standby.name} ({standby.replica.place}) to {site.database}: "
        f"{ago((now - since).total_seconds())} old, {_which(known)}",
        made_at=now,
        live_saved_at=lies.saved_at,
        restart="; ".join(text for text in (words, what_restarts(plan, site)) if text),
        standby=standby.name,
        place=standby.replica.place,
        mark=mark,
        snapshot_id=known.id if known is not None else "",
        old_is_down=candidate.old_is_down,
    )


def read_standby(standby: Standby, site: Site) -> tuple[bytes, datetime]:
    """What it holds, and when that was written there."""
    try:
        return standby.replica.read(limit=site.limit), standby.replica.written_at()
    finally:
        standby.replica.close()


def planned(content: bytes, mark: str, lies: Lying, site: Site, ground: Ground) -> DatabasePlan:
    """The same plan as of a snapshot, with the standby's content."""
    erasure, now = ground.tombstones.forgotten(), ground.clock.now()
    return plan_database(Coming(content=content, mark=mark), lies, site, erasure=erasure, now=now)


def _which(known: Snapshot | None) -> str:
    return f"snapshot {known.tail}" if known is not None else "of no snapshot that is known here"


def _snapshots(site: Site, ground: Ground) -> tuple[Snapshot, ...]:
    """Of its source, oldest first, those that are not held; none where the repository cannot be reached."""
    try:
        return tuple(item for item in ground.repository.snapshots(site.name) if not item.held)
    except BackupServError:
        return ()


def _old(candidate: Candidate) -> tuple[str, str]:
    """What becomes of the services that live on the database now, in words; and why it cannot be done, or ""."""
    standby, said = candidate.standby, candidate.old_is_down
    if standby.old is None:
        if candidate.held.snapshot or said:  # this host keeps the standby current: it is the one that services live on
            return "", ""
        why = "this host does not keep it current, and does not know how to stop the services that live elsewhere"
        return "", f"{why}: standby.{standby.name}.old says how; {_DOWN}"
    try:
        if not standby.old.can_act:
            raise PlanBlocked("its control is none")
        running = standby.old.is_running()
    except BackupServError as error:
        if said:
            return "the old services cannot be reached, and are said to be down", ""
        return "", f"whether the old services still run cannot be told: {error.message}; {_DOWN}"
    return ("the old services are stopped first" if running else "the old services are down"), ""


def _lost(content: bytes, mark: str, since: datetime, site: Site, ground: Ground) -> tuple[str, ...]:
    """What is missing in it, where the living database cannot tell: by the newest snapshot, else by time."""
    after = f"what was registered after {show(since)} is lost"
    snapshots = _snapshots(site, ground)
    if not snapshots or snapshots[-1].digest == mark:
        return (after,)
    newest = snapshots[-1]
    try:
        there = ground.repository.content(newest, quickly=True)
        if is_sqlite(there) != is_sqlite(content):
            return (after,)
        sides = [Side(label=newest.tail, reference=newest.tail, content=there)]
        sides.append(Side(label="the standby", reference="standby", content=content))
        found = diff(*sides, casemapping=site.casemapping, progress=_Quiet()).difference
    except BackupServError:
        return (after,)
    counts = [site.source.inspect(side.content)[0] for side in sides]
    gone = words_of(found, then=counts[1], now=counts[0]).going
    return (*gone, f"what was registered after snapshot {newest.tail} of {show(newest.saved_at)} is lost")


class _Quiet:
    def step(self, text: str) -> None:
        """It is one step of a plan."""
