"""One honest line: is the network safe now? And what it rests on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.disk import modified_at
from core.domain.errors import BackupServError
from core.domain.moment import ago
from core.domain.objective import Measured
from core.domain.score import Score
from core.domain.shrinking import held_now
from core.domain.snapshot import Snapshot
from core.erasure import Tombstones
from core.guards.corrupt import empty_words
from core.operations.last_save import is_empty
from core.operations.looks import Looks
from core.operations.site import Site
from core.operations.standby import Standing
from core.operations.standbys import Standbys
from core.operations.sync import lag
from core.ports import Clock
from core.repository.ledger import Ledger, Proof
from core.repository.repository import Repository

_NAMED = 4  # damaged snapshots in one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is known now. `troubles` is empty exactly when all is well, as far as the bot can tell."""

    source: str
    storage: str  # where the repository lies
    saved_at: datetime | None  # of the live database
    newest: Snapshot | None  # that is not held
    unchanged_at: datetime | None  # when the source was last seen to be what the newest holds
    proof: Proof | None  # of the newest snapshot
    snapshots: int
    running: bool | None
    copies: tuple[str, ...]  # how each of them stands, in words
    standbys: tuple[str, ...]  # the same of these
    troubles: tuple[str, ...]
    now: datetime
    pinned: int = 0  # snapshots that somebody wants kept
    frozen: str = ""  # why nothing is removed
    glass: str = ""  # that somebody did alone what takes two people
    recovered: str = ""  # how long the last whole recovery took
    objectives: tuple[Measured, ...] = ()  # of each source, then of everything
    score: Score | None = None  # 3-2-1-1-0
    incident: str = ""  # that people have one open
    due: tuple[str, ...] = ()  # what people are reminded of

    @property
    def ok(self) -> bool:
        """Whether there is nothing to do."""
        return not self.troubles and not self.incident

    def __str__(self) -> str:
        return f"{'OK' if self.ok else 'LOOK'}  " + " · ".join(self._parts())

    def _parts(self) -> list[str]:
        parts = [self.incident] if self.incident else []
        parts.append(f"services saved {self._ago(self.saved_at)}" if self.saved_at else "live database unreadable")
        since = f", unchanged {self._ago(self.unchanged_at)}" if self.unchanged_at else ""
        parts.append(f"last snapshot {self._ago(self.newest.taken_at)}{since}" if self.newest else "no snapshot yet")
        parts[-1] += f" ({self._own.window})" if self._own is not None and self._own.window else ""
        if self.newest is not None:
            parts.append(self._proof())
        parts.append(f"{self.snapshots} snapshot{'' if self.snapshots == 1 else 's'} on {self.storage}")
        parts += (*self.copies, *self.standbys)
        if self.pinned:
            parts.append(f"{self.pinned} pinned")
        if self.frozen:
            parts.append(f"frozen: {self.frozen}")
        if self.glass:
            parts.append(self.glass)
        if self.recovered:
            parts.append(self.recovered)
        parts += [self._own.recovery] if self._own is not None else []
        parts += [str(self.score)] if self.score is not None else []
        parts += [f"due: {', '.join(self.due)} (!reminders)"] if self.due else []
        return parts

    @property
    def _own(self) -> Measured | None:
        """Of the services database."""
        return next((item for item in self.objectives if item.what == self.source), None)

    def _proof(self) -> str:
        if self.proof is None or self.proof.level < 3:  # noqa: PLR2004 — level 3: its content means what it should
            return "not verified yet"
        how = " by boot" if self.proof.level > 3 and self.proof.verdict == "proven" else ""  # noqa: PLR2004 — a drill
        return f"{self.proof.verdict}{how} {self._ago(self.proof.at)}"

    def _ago(self, moment: datetime) -> str:
        return f"{ago((self.now - moment).total_seconds())} ago"

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "ok": self.ok,
            "source": self.source,
            "storage": self.storage,
            "copies": list(self.copies),
            "standbys": list(self.standbys),
            "services_running": self.running,
            "services_saved_at": self.saved_at.isoformat() if self.saved_at else None,
            "snapshots": self.snapshots,
            "newest": self.newest.id if self.newest else None,
            "newest_taken_at": self.newest.taken_at.isoformat() if self.newest else None,
            "unchanged_at": self.unchanged_at.isoformat() if self.unchanged_at else None,
            "proof": self.proof.verdict if self.proof else None,
            "proof_level": self.proof.level if self.proof else 0,
            "proved_at": self.proof.at.isoformat() if self.proof else None,
            "pinned": self.pinned,
            "frozen": self.frozen or None,
            "glass_broken": self.glass or None,
            "last_recovery": self.recovered or None,
            "objectives": [item.as_dict() for item in self.objectives],
            "score": self.score.as_dict() if self.score is not None else None,
            "incident": self.incident or None,
            "due": list(self.due),
            "troubles": list(self.troubles),
        }


def status(
    site: Site,
    repository: Repository,
    everything: Sequence[Snapshot],
    ledger: Ledger,
    tombstones: Tombstones,
    *,
    cut_short: Sequence[str] = (),
    copies: Sequence[Repository] = (),
    followers: Standbys | None = None,
    looks: Looks,
    clock: Clock,
) -> Status:
    """What is known of one site now. `everything`: what the repository was just found to hold, the oldest first."""
    snapshots = [snapshot for snapshot in everything if snapshot.source == site.name]
    newest = next((snapshot for snapshot in reversed(snapshots) if not snapshot.held), None)
    proof = ledger.standing(newest.id, repository.name) if newest else None
    saved_at, trouble = _saved_at(site)
    running, unclear = _running(site)
    standings = followers.standings(everything) if followers is not None else ()
    lags = tuple(lag(everything, copy, clock.now()) for copy in copies)
    troubles = [trouble, unclear, *cut_short, *repository.problems, *repository.storage.remarks()]
    troubles += [_unknown(tombstones), "services are not running" if running is False and site.control.can_act else ""]
    troubles += [*_of_newest(newest, proof), *_held(everything), *_damaged(everything, newest, repository.name, ledger)]
    troubles += _behind(lags, standings)
    return Status(
        source=site.name,
        storage=repository.name,
        copies=lags,
        standbys=tuple(standing.told for standing in standings),
        saved_at=saved_at,
        newest=newest,
        unchanged_at=looks.unchanged_at(site.name, newest.id) if newest else None,
        proof=proof,
        snapshots=len(snapshots),
        running=running,
        troubles=tuple(text for text in troubles if text),
        now=clock.now(),
    )


def _behind(lags: Sequence[str], standings: Sequence[Standing]) -> Iterator[str]:
    yield from (f"the copy {text}: `sync` brings it up to date" for text in lags if not text.endswith("up to date"))
    yield from (standing.trouble for standing in standings)


def _of_newest(newest: Snapshot | None, proof: Proof | None) -> list[str]:
    if newest is None:
        return ["there is no snapshot yet: `backup now` makes one"]
    if proof is not None and proof.verdict == "damaged":
        return [f"snapshot {newest.tail} is damaged: {proof.detail}"]
    return []


def _held(snapshots: Sequence[Snapshot]) -> Iterator[str]:
    for source in dict.fromkeys(snapshot.source for snapshot in snapshots):
        held = held_now(snapshot for snapshot in snapshots if snapshot.source == source)
        if held is not None:
            much = f"`release {held.tail}` if so much was meant to go"
            yield f"snapshot {held.tail} of {source} is held: {held.held}; {much}"


def _damaged(snapshots: Sequence[Snapshot], newest: Snapshot | None, storage: str, ledger: Ledger) -> Iterator[str]:
    """What the last look found damaged, of all sources, beside the newest one."""
    proofs = ((item, ledger.latest(item.id, storage)) for item in snapshots if item is not newest)
    found = [f"{item.tail} of {item.source}" for item, proof in proofs if proof and proof.verdict == "damaged"]
    if found:
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        yield f"damaged: {', '.join(found[-_NAMED:])}{more}: `verify ID` tells why"


def _unknown(tombstones: Tombstones) -> str:
    """Why no restore would work tonight, or ""."""
    try:
        tombstones.forgotten()
    except BackupServError as error:
        return str(error)
    return ""


def _saved_at(site: Site) -> tuple[datetime | None, str]:
    if is_empty(site.database):
        return None, empty_words(site.name)
    try:
        return modified_at(site.database), ""
    except BackupServError as error:
        return None, str(error)


def _running(site: Site) -> tuple[bool | None, str]:
    try:
        return site.control.is_running(), ""
    except BackupServError as error:
        return None, f"it is not known whether services run: {error}"
