"""What changed about a nick, a channel or a group, and between which two moments? Walks back through the snapshots."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.domain.casemapping import fold
from core.domain.errors import BackupServError
from core.domain.moment import show
from core.formats.atheme import shown
from core.formats.signature import HEAD, recognise
from core.operations.backwards import Backwards
from core.operations.by_format import read_saved
from core.operations.diff import diff
from core.operations.history import history
from core.operations.side import LIVE, Side
from core.operations.site import Site
from core.ports import Clock, Progress
from core.registrations.change import Change
from core.registrations.concerning import concerning
from core.repository.repository import Repository

_SECONDS = 60.0  # for which snapshots are opened, unless all are asked for
# Rows without which the others cannot be read, or are not known to be of something that is there.
_FRAME = (b"GRVER ", b"DBV ", b"GDBV ", b"CF ", b"TS ", b"MC ", b"GRP ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What changed between two sides."""

    before: str  # what people call them: "7q2fk3 of 2026-11-22 20:58Z"
    after: str
    changes: tuple[Change, ...]

    def told(self) -> Iterator[str]:
        """A sentence for each change; the first one says when."""
        for number, change in enumerate(self.changes):
            yield f"· and {change}" if number else f"{self.before} → {self.after}: {change}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlameReport:
    """All steps, the newest first. What could not be read is told."""

    name: str
    steps: tuple[Step, ...]
    looked: int  # sides that were compared
    older: int  # snapshots that were not looked at
    troubles: tuple[str, ...]

    def told(self) -> Iterator[str]:
        """A line a change, then how far it was looked."""
        for step in self.steps:
            yield from step.told()
        if not self.steps:
            yield f"nothing changed about {self.name} in {self.looked:,} databases that were looked at"
        if self.older:
            yield f"{self.older:,} older snapshots were not looked at: `backupserv blame --all` opens them"
        yield from (f"! {trouble}" for trouble in self.troubles)

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        steps = [
            {"before": step.before, "after": step.after, "changes": [change.as_dict() for change in step.changes]}
            for step in self.steps
        ]
        return {"name": self.name, "steps": steps, "looked": self.looked, "older": self.older,
                "troubles": list(self.troubles)}  # fmt: skip


def blame(
    name: str, site: Site, repository: Repository, *, clock: Clock, progress: Progress, everything: bool = False
) -> BlameReport:
    """Compare each distinct content with the next newer one, from the living database backwards. Changes nothing."""
    wanted = name.encode("utf-8", "surrogateescape")
    walk = _Walk(wanted, site, repository, clock, everything=everything)
    steps, looked, newer = list[Step](), 0, None
    for side in walk.sides(progress):
        looked += 1
        if newer is not None and (changes := walk.changes(side, newer)):
            steps.append(Step(before=side.label, after=newer.label, changes=changes))
        newer = side
    return BlameReport(
        name=shown(wanted),
        steps=tuple(steps),
        looked=looked,
        older=walk.older,
        troubles=(*repository.problems, *walk.troubles),
    )


class _Walk:
    """Newest first, each content once, and never without end."""

    def __init__(self, name: bytes, site: Site, repository: Repository, clock: Clock, *, everything: bool) -> None:
        self._name = name
        self._site = site
        self._repository = repository
        self._clock = clock
        self._until = 0.0
        self._walk = Backwards(repository, everything=everything, is_late=lambda: clock.monotonic() > self._until)

    @property
    def older(self) -> int:
        """Snapshots that were not looked at."""
        return self._walk.older

    @property
    def troubles(self) -> list[str]:
        """What could not be read or compared."""
        return self._walk.troubles

    def sides(self, progress: Progress) -> Iterator[Side]:
        """What can be read, cut down to what concerns the name."""
        try:
            content, saved_at = read_saved(self._site, progress)
            yield self._side(f"live, saved {show(saved_at)}", LIVE, content)
        except BackupServError as error:
            self.troubles.append(str(error))
        self._until = self._clock.monotonic() + _SECONDS
        for snapshot, found in self._walk.look(history(self._repository, self._site.name), progress):
            if found is not None:
                yield self._side(f"{snapshot.tail} of {show(snapshot.saved_at)}", snapshot.tail, found)

    def _side(self, label: str, reference: str, content: bytes) -> Side:
        """Of Atheme's file only the rows that hold the name: a hundred whole databases would take minutes."""
        if recognise(content[:HEAD]) == "atheme":
            wanted = fold(self._name, self._site.casemapping)
            rows = content.split(b"\n")
            folded = fold(content, self._site.casemapping).split(b"\n")
            near = zip(rows, folded, strict=True)
            content = b"\n".join([*(row for row, low in near if wanted in low or row.startswith(_FRAME)), b""])
        return Side(label=label, reference=reference, content=content)

    def changes(self, before: Side, after: Side) -> tuple[Change, ...]:
        """What changed about the name from one to the other."""
        try:
            found = diff(before, after, casemapping=self._site.casemapping, progress=_Quiet()).difference
        except BackupServError as error:
            self.troubles.append(f"{before.label} → {after.label}: {error}")
            return ()
        return tuple(concerning(found, self._name, self._site.casemapping))


class _Quiet:
    def step(self, text: str) -> None:
        """Of a hundred comparisons, each is not news."""
