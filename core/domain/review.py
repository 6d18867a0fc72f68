"""What is known of a case, for those who look back at it: what happened, and what was measured."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.domain.case import Case
from core.domain.moment import ago, show

MOST_EVENTS = 1500
_FIRST = 500  # of those that are kept where there are more


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened."""

    at: datetime  # aware, UTC
    who: str  # "" where nobody in particular
    text: str
    times: int = 1  # how often in a row

    @property
    def line(self) -> str:
        """For people, on one line."""
        who = f"{self.who}: " if self.who else ""
        often = f" ({self.times:,} times)" if self.times > 1 else ""
        return f"{self.at:%Y-%m-%d %H:%M:%SZ} {who}{self.text}{often}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Something that was brought back, with what was measured."""

    id: str
    what: str  # "account bob", "the whole network"
    by: str
    begun_at: datetime
    outcome: str  # "done", "rolled back"
    took: timedelta | None  # None where it has not ended, or nobody knows
    lost: timedelta | None  # at most so much life of what came back: from its last save to the return

    @property
    def line(self) -> str:
        """For people, on one line."""
        took = f", took {length_of(self.took)}" if self.took is not None else ""
        lost = f", at most {length_of(self.lost)} of changes lost" if self.lost is not None else ""
        return f"{self.id} {self.what} by {self.by} at {show(self.begun_at)}: {self.outcome}{took}{lost}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What one source held: at the first snapshot of the time that is told, when it was opened, and at the end."""

    source: str
    first: Mapping[str, int] = field(default_factory=dict)
    opened: Mapping[str, int] = field(default_factory=dict)
    last: Mapping[str, int] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """One for each kind that changed: "services: accounts 812 → 790 → 812"."""
        for kind in sorted({*self.first, *self.opened, *self.last}):
            numbers = [counts.get(kind) for counts in (self.first, self.opened, self.last)]
            if len(set(numbers)) == 1:
                continue
            told = " → ".join("unknown" if number is None else f"{number:,}" for number in numbers)
            yield f"{self.source}: {kind} {told}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One case with everything around it."""

    case: Case
    until: datetime  # its end, or when this was asked for
    events: tuple[Event, ...]
    returns: tuple[Return, ...] = ()
    counts: tuple[Counts, ...] = ()
    runs: tuple[str, ...] = ()  # a line for each verb and source
    lacking: tuple[str, ...] = ()  # what could not be read for it

    @property
    def lasted(self) -> str:
        """How long it was open."""
        return length_of(self.until - self.case.opened_at)

    @property
    def headlines(self) -> tuple[str, ...]:
        """The few lines that say most of it."""
        state = f"open for {self.lasted}" if not self.case.is_over else f"was open for {self.lasted}"
        done = [item for item in self.returns if item.outcome == "done"]
        worst = max((item.lost for item in done if item.lost is not None), default=None)
        longest = max((item.took for item in done if item.took is not None), default=None)
        told = [f"incident {self.case.id} {state}: {self.case.title}"]
        told.append(
            f"{len(done)} of {len(self.returns)} returns done"
            + (f", the longest took {length_of(longest)}" if longest is not None else "")
            + (f", at most {length_of(worst)} of changes lost" if worst is not None else "")
        )
        told.append(f"{len(self.events):,} events between {show(self.case.since)} and {show(self.until)}")
        return tuple(told)

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        case = self.case
        return {
            **case.as_dict(),
            "notes": [{"at": note.at.isoformat(), "by": note.by, "text": note.text} for note in case.notes],
            "returns": [
                {
                    "id": item.id,
                    "what": item.what,
                    "by": item.by,
                    "begun_at": item.begun_at.isoformat(),
                    "outcome": item.outcome,
                    "took_seconds": item.took.total_seconds() if item.took is not None else None,
                    "lost_seconds_at_most": item.lost.total_seconds() if item.lost is not None else None,
                }
                for item in self.returns
            ],
            "events": [
                {"at": event.at.isoformat(), "who": event.who, "text": event.text, "times": event.times}
                for event in self.events
            ],
            "lacking": list(self.lacking),
        }


def in_order(events: list[Event]) -> tuple[Event, ...]:
    """By time; what is the same several times in a row is one, and of too many the middle is left out."""
    told: list[Event] = []
    for event in sorted(events, key=lambda item: item.at):
        last = told[-1] if told else None
        if last is not None and (last.who, last.text) == (event.who, event.text):
            told[-1] = Event(at=last.at, who=last.who, text=last.text, times=last.times + event.times)
        else:
            told.append(event)
    if len(told) <= MOST_EVENTS:
        return tuple(told)
    left_out = told[_FIRST : _FIRST - MOST_EVENTS]
    gap = Event(at=left_out[0].at, who="", text=f"… {len(left_out):,} more: `backupserv audit` has them")
    return (*told[:_FIRST], gap, *told[_FIRST - MOST_EVENTS :])


def length_of(length: timedelta) -> str:
    """In its two largest units: "41s", "12m", "3h 5m"."""
    seconds = max(0, int(length.total_seconds()))
    if seconds >= 3600:  # noqa: PLR2004 — an hour
        return f"{seconds // 3600}h {seconds % 3600 // 60}m"
    return ago(seconds)
