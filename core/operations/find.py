"""In which snapshots is a name, is it in the living database, and was it always the same thing?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.domain.errors import BackupServError, ErasureUnknown, SourceUnreadable
from core.domain.moment import show
from core.domain.snapshot import Snapshot
from core.formats.atheme import shown
from core.formats.signature import HEAD, recognise
from core.operations.backwards import Backwards
from core.operations.by_format import read_saved
from core.operations.history import history
from core.operations.plan_tables import tables_of
from core.operations.site import Site
from core.ports import Progress
from core.registrations.tables import Register
from core.registrations.tables.whereabouts import find_in_register
from core.registrations.whereabouts import Sighting, find_name
from core.registrations.wish import Erasure
from core.repository.repository import Repository

_NOT_KNOWN = "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One thing of that name, and the snapshots that have it."""

    sighting: Sighting  # as the newest of them has it
    snapshots: tuple[Snapshot, ...]  # oldest first
    gone_since: Snapshot | None  # the first one after them that was looked at and has it no more
    gaps: int  # snapshots in between that have it not

    @property
    def newest(self) -> Snapshot:
        """The last that has it."""
        return self.snapshots[-1]

    def __str__(self) -> str:
        first, last = self.snapshots[0], self.newest
        if first is last:
            text = f"in one snapshot, {last.tail} of {show(last.saved_at)}"
        else:
            text = f"in {len(self.snapshots):,} snapshots, {first.tail} of {show(first.saved_at)}"
            text += f" … {last.tail} of {show(last.saved_at)}"
        text += f", not in {self.gaps:,} between" if self.gaps else ""
        gone = self.gone_since
        return text + (f"; gone since {gone.tail} of {show(gone.saved_at)}" if gone else "")

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            **self.sighting.as_dict(),
            "snapshots": [snapshot.id for snapshot in self.snapshots],
            "first_saved_at": self.snapshots[0].saved_at.isoformat(),
            "last_saved_at": self.newest.saved_at.isoformat(),
            "gone_since": self.gone_since.id if self.gone_since else None,
            "gaps": self.gaps,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """The answer, the newest first. What could not be read is told, and is not "not there"."""

    name: str
    living: Sighting | None
    live_trouble: str = ""  # why the living database says nothing
    live_saved: str = ""  # the save that it was read from
    stays: tuple[Stay, ...] = ()
    looked: int = 0  # snapshots
    older: int = 0  # snapshots that were not looked at
    troubles: tuple[str, ...] = ()
    forgotten: str = ""  # the day on which who is lost was forgotten; "?" where that cannot be told

    @property
    def lost(self) -> Stay | None:
        """What could be brought back: the newest stay, unless it lives."""
        if not self.stays or self.live_trouble:
            return None
        newest = self.stays[0]
        return None if self.living and self.living.identity == newest.sighting.identity else newest

    @property
    def way_back(self) -> tuple[str, str]:
        """The words of the command that would bring it back, and the snapshot; empty if nothing can be brought back."""
        if self.lost is None or self.forgotten:
            return "", ""
        sighting = self.lost.sighting
        word = "user" if sighting.kind == "account" else sighting.kind
        return f"restore {word} {sighting.name}", self.lost.newest.tail

    @property
    def no_way_back(self) -> str:
        """Why what is lost stays lost, in a sentence; "" = it does not."""
        if self.lost is None or not self.forgotten:
            return ""
        if self.forgotten == _NOT_KNOWN:
            return "who was forgotten cannot be told, so nobody is brought back"
        return f"{self.lost.sighting.title} was forgotten on {self.forgotten}, and is never brought back"

    @property
    def told(self) -> tuple[str, ...]:
        """A sentence for each stay: what lives, and is told with all its details already, is only named."""
        return tuple(
            f"{stay.sighting.title}: {stay}"
            if self.living is not None and self.living.identity == stay.sighting.identity
            else f"{stay.sighting.title} (registered {stay.sighting.registered}): {stay}"
            f"{''.join(f' · {detail}' for detail in stay.sighting.details)}"
            for stay in self.stays
        )

    @property
    def now(self) -> str:
        """The living database, in a sentence."""
        if self.live_trouble:
            return f"whether it lives cannot be told: {self.live_trouble}"
        saved = f"(as saved {self.live_saved})"
        if self.living is None:
            return f"not in the living database {saved}"
        return f"in the living database {saved}: {self.living}"

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "name": self.name,
            "living": self.living.as_dict() if self.living else None,
            "live_trouble": self.live_trouble or None,
            "stays": [stay.as_dict() for stay in self.stays],
            "looked": self.looked,
            "older": self.older,
            "forgotten": self.forgotten or None,
            "troubles": list(self.troubles),
        }


def find(
    name: str,
    site: Site,
    repository: Repository,
    *,
    erasure: Erasure,
    progress: Progress,
    everything: bool = False,
) -> Whereabouts:
    """Look for an account, grouped nick, "#channel" or "!group". Opens each distinct content once; changes nothing."""
    wanted = name.encode("utf-8", "surrogateescape")
    living, trouble, saved = _look_at_living(wanted, site, progress)
    snapshots = history(repository, site.name)
    search = _Search(wanted, site, repository, everything=everything)
    seen = list(search.look(snapshots, progress))
    found = Whereabouts(
        name=shown(wanted),
        living=living,
        live_trouble=trouble,
        live_saved=saved,
        stays=_stays(seen),
        looked=len(seen),
        older=search.older,
        troubles=(*repository.problems, *search.troubles),
    )
    return _with_erasure(found, erasure)


def _with_erasure(found: Whereabouts, erasure: Erasure) -> Whereabouts:
    """No restore is suggested that would be refused."""
    person = found.lost.sighting.person if found.lost is not None else None
    if person is None:
        return found
    try:
        return replace(found, forgotten=erasure.account(*person))
    except ErasureUnknown as error:
        return replace(found, forgotten=_NOT_KNOWN, troubles=(*found.troubles, str(error)))


def _look_at_living(name: bytes, site: Site, progress: Progress) -> tuple[Sighting | None, str, str]:
    try:
        content, saved_at = read_saved(site, progress)
        return _sighting(content, name, site, str(site.database)), "", show(saved_at)
    except BackupServError as error:
        return None, error.message, ""


def _sighting(content: bytes, name: bytes, site: Site, label: str) -> Sighting | None:
    """The door for other formats: what this cannot read is never said to be without the name."""
    kind = recognise(content[:HEAD])
    if kind == "sqlite":
        return find_in_register(Register(tables_of(content, label), site.casemapping), name)
    if kind not in {"atheme", "empty"}:
        raise SourceUnreadable(f"{label} is neither a services.db of Atheme nor SQLite, and only those are searched")
    return find_name(content, name, casemapping=site.casemapping)


Seen = tuple[Snapshot, Sighting | None]


class _Search:
    """What each snapshot has under a name, the newest first."""

    def __init__(self, name: bytes, site: Site, repository: Repository, *, everything: bool) -> None:
        self._name = name
        self._site = site
        self._walk = Backwards(repository, everything=everything)
        self._known: dict[str, Sighting | None] = {}  # digest → what is in it

    @property
    def troubles(self) -> list[str]:
        """What could not be read."""
        return self._walk.troubles

    @property
    def older(self) -> int:
        """Snapshots that were not looked at."""
        return self._walk.older

    def look(self, snapshots: tuple[Snapshot, ...], progress: Progress) -> Iterator[Seen]:
        """Every snapshot that could be read."""
        for snapshot, content in self._walk.look(snapshots, progress):
            if content is not None:
                self._take(snapshot, content)
            if snapshot.digest in self._known:
                yield snapshot, self._known[snapshot.digest]

    def _take(self, snapshot: Snapshot, content: bytes) -> None:
        try:
            self._known[snapshot.digest] = _sighting(content, self._name, self._site, f"snapshot {snapshot.tail}")
        except BackupServError as error:
            self.troubles.append(str(error))


def _stays(seen: list[Seen]) -> tuple[Stay, ...]:
    """One for each thing that bore the name, the newest first."""
    places: dict[tuple[str, str], tuple[Sighting, list[int]]] = {}
    for index, (_, sighting) in enumerate(seen):
        if sighting is not None:
            places.setdefault((sighting.kind, sighting.identity), (sighting, []))[1].append(index)
    return tuple(_stay(seen, *place) for place in places.values())


def _stay(seen: list[Seen], sighting: Sighting, indices: list[int]) -> Stay:
    newest, oldest = indices[0], indices[-1]
    return Stay(
        sighting=sighting,
        snapshots=tuple(seen[index][0] for index in reversed(indices)),
        gone_since=seen[newest - 1][0] if newest else None,
        gaps=oldest - newest + 1 - len(indices),
    )
