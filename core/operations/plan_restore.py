"""Preview: what bringing one account back would do, from which snapshot. Changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from core.disk import modified_at, read_whole
from core.domain.errors import AccountNotFound, BackupServError
from core.domain.moment import ago, parse_moment, show
from core.domain.snapshot import Snapshot
from core.formats.atheme import lookup, parse
from core.operations.site import Site
from core.ports import Clock, Progress
from core.registrations.account import AccountPlan, plan_account
from core.repository.ledger import Ledger
from core.repository.repository import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePlan:
    """A value that can be shown, agreed to, and carried out exactly as shown or not at all."""

    snapshot: Snapshot
    plan: AccountPlan
    nick: str  # as it was asked for
    made_at: datetime
    live_saved_at: datetime  # the save of the living database that the plan rests on
    proof: str  # what is known of the snapshot: "proven" or "not verified yet"
    restart: str  # what happens to services

    @property
    def digest(self) -> str:
        """What the agreement is bound to: the changes and the live rows they rest on."""
        return self.plan.digest

    @property
    def blocked(self) -> str:
        """Why it cannot be done, or "". Services that were not asked may know better than their last save."""
        if not self.plan.blocked:
            return ""
        age = (self.made_at - self.live_saved_at).total_seconds()
        return f"{self.plan.blocked} (in the save of {ago(age)} ago)"

    @property
    def headline(self) -> str:
        """What comes from where, in one line."""
        age = ago((self.made_at - self.snapshot.saved_at).total_seconds())
        return (
            f"restore account {self.plan.account} as of {show(self.snapshot.saved_at)} "
            f"({age} old, {self.snapshot.source} {self.snapshot.tail}, {self.proof})"
        )

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "snapshot": self.snapshot.id,
            "saved_at": self.snapshot.saved_at.isoformat(),
            "proof": self.proof,
            "services": self.restart,
            **self.plan.as_dict(),
        }


def plan_restore(
    nick: str,
    reference: str | None,
    site: Site,
    repository: Repository,
    ledger: Ledger,
    *,
    clock: Clock,
    progress: Progress,
) -> RestorePlan:
    """The plan for bringing `nick` back from `reference` (an id, a time), or from the newest snapshot that has it.

    Raises:
        AccountNotFound: no snapshot has it, or not the one that was asked for.
        SnapshotNotFound: no such snapshot, or none that old.
    """
    live, saved_at = _live(site, progress)
    snapshot, content = _choose(nick, reference, site, repository, clock=clock, progress=progress)
    plan = plan_account(
        backup=parse(content), live=parse(live), name=nick, now=clock.now(), casemapping=site.casemapping
    )
    proof = ledger.latest(snapshot.id)
    return RestorePlan(
        snapshot=snapshot,
        plan=plan,
        nick=nick,
        made_at=clock.now(),
        live_saved_at=saved_at,
        proof="proven" if proof is not None and proof.verdict == "proven" and proof.level >= 3 else "not verified yet",  # noqa: PLR2004 — level 3 is "its content means what it should"
        restart=_restart(site),
    )


def _live(site: Site, progress: Progress) -> tuple[bytes, datetime]:
    """The living database and when it was saved: just now, if services can be asked.

    An account that was dropped a minute ago is still in the file of their last save.
    """
    if site.services.can_save and site.control.is_running():
        capture = site.source.capture(progress)
        return capture.content, capture.saved_at
    progress.step("reading the live database")
    return read_whole(site.database, limit=site.limit)[0], modified_at(site.database)


def _restart(site: Site) -> str:
    if not site.control.can_act:
        return "services are not touched: they are said to be down"
    try:
        running = site.control.is_running()
    except BackupServError:
        return "whether services run cannot be told now"
    return "services restart" if running else "services are down and will be started"


def _choose(
    nick: str, reference: str | None, site: Site, repository: Repository, *, clock: Clock, progress: Progress
) -> tuple[Snapshot, bytes]:
    if reference is not None:
        moment = parse_moment(reference, clock.now())
        asked = repository.at(moment, source=site.name) if moment else repository.find(reference, source=site.name)
        content = repository.content(asked)
        if lookup(parse(content), nick.encode(), site.casemapping) is None:
            raise AccountNotFound(
                f"{nick} is not in snapshot {asked.tail} of {show(asked.saved_at)}",
                hint=f"leave out `from`, and the newest snapshot that has {nick} is looked for",
            )
        return asked, content
    looked = 0
    for snapshot in _newest_first(repository, site.name):
        progress.step(f"looking for {nick} in {snapshot.tail}")
        looked += 1
        content = repository.content(snapshot)
        if lookup(parse(content), nick.encode(), site.casemapping) is not None:
            return snapshot, content
    raise AccountNotFound(
        f"{nick} is in none of {looked} snapshots" if looked else "there is no snapshot yet",
        hint="is it spelt as it was registered?" if looked else "`backup now` makes one",
    )


def _newest_first(repository: Repository, source: str) -> Iterator[Snapshot]:
    """Each distinct content once: a database that did not change need not be opened twice."""
    seen: set[str] = set()
    for snapshot in reversed(repository.snapshots(source)):
        if snapshot.digest not in seen:
            seen.add(snapshot.digest)
            yield snapshot
