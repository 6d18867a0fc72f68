"""What an import would do: every file of a backup folder, what it is, of when, and why one stays where it is."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from core.domain.moment import show
from core.domain.size import show_size
from core.operations.history import imported_name
from core.registrations.words import plural

Verdict = Literal["adopt", "known", "unchanged", "left-out", "no-backup"]
DATABASES = "databases"  # what an item is of that is a services database
_TOLD = 50  # files that stay out, told by name; --json has all


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One file. What is in it was looked at, and nothing of it is kept here."""

    path: Path
    name: str  # below the folder, fit to be shown
    verdict: Verdict
    what: str = ""  # DATABASES, or the folder of the repository that a tree belongs to: "ssl"
    made_at: datetime | None = None  # aware, UTC, whole seconds
    dated_by: str = ""  # "its name"
    sealed: str = ""  # how, in words
    kind: str = ""
    extension: str = ""
    size: int = 0  # bytes of the plain content
    digest: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    why: str = ""  # why it is left out, or unchanged since which
    hint: str = ""
    damaged: bool = False  # it was read and is bad; what could not be read is neither good nor bad

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "file": self.name,
            "verdict": self.verdict,
            "what": self.what or None,
            "made_at": self.made_at.isoformat() if self.made_at else None,
            "dated_by": self.dated_by or None,
            "sealed": self.sealed or None,
            "kind": self.kind or None,
            "size": self.size,
            "digest": self.digest or None,
            "counts": dict(self.counts),
            "why": self.why or None,
            "damaged": self.damaged,
        }


def told_of(item: Item) -> str:
    """Why a file stays out, with the next step."""
    hint = f" — {item.hint}" if item.hint else ""
    return f"{item.name}: {'damaged: ' if item.damaged else ''}{item.why}{hint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """All files, oldest first; nothing is changed."""

    folder: Path
    source: str  # whose databases they are
    limit: int  # bytes that one file may hold
    items: tuple[Item, ...]

    def having(self, *verdicts: Verdict) -> tuple[Item, ...]:
        """Those of these verdicts."""
        return tuple(item for item in self.items if item.verdict in verdicts)

    def name_of(self, item: Item) -> str:
        """The source that its snapshot is of."""
        return imported_name(self.source if item.what == DATABASES else item.what)

    @property
    def names(self) -> tuple[str, ...]:
        """The sources that there would be new snapshots of."""
        return tuple(sorted({self.name_of(item) for item in self.adopted}))

    @property
    def adopted(self) -> tuple[Item, ...]:
        """What would become a snapshot, oldest first."""
        return self.having("adopt")

    @property
    def left_out(self) -> tuple[Item, ...]:
        """What looks like a backup and is none that could be relied on."""
        return self.having("left-out")

    def details(self) -> Iterator[str]:
        """For people: how many of which, from when to when, and each that stays out with its reason."""
        kinds = sorted({item.what for item in self.having("adopt", "known", "unchanged")})
        for what in kinds:
            yield from self._kind(what)
        for item in self.left_out[:_TOLD]:
            yield f"! {told_of(item)}"
        if len(self.left_out) > _TOLD:
            yield f"! and {len(self.left_out) - _TOLD} more: --json names all"
        if others := len(self.having("no-backup")):
            yield f"{plural(others, 'other file')} left alone: no backup by its content"

    def _kind(self, what: str) -> Iterator[str]:
        mine = [item for item in self.having("adopt", "known", "unchanged") if item.what == what]
        new = [item for item in mine if item.verdict == "adopt"]
        count = Counter(item.verdict for item in mine)
        text = f"{what}: {len(new)} to adopt"
        if new:
            times = sorted(show(item.made_at) for item in new if item.made_at)
            span = times[0] if len(new) == 1 else f"{times[0]} … {times[-1]}"
            text += f", {span}, {show_size(sum(item.size for item in new))}"
        text += f"; {count['unchanged']} unchanged since the one before" if count["unchanged"] else ""
        text += f"; {count['known']} adopted before" if count["known"] else ""
        yield text
        ways = Counter(item.dated_by for item in new)
        if ways:
            yield f"  dated by {', '.join(f'{way} ({number})' for way, number in ways.most_common())}"
        for sealed, number in Counter(item.sealed for item in new if item.sealed).most_common():
            yield f"  {number} opened as `{sealed}`"

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {"folder": str(self.folder), "source": self.source, "files": [item.as_dict() for item in self.items]}
